/** A place in the log of one database: after an event. */
export interface LogPosition {
  /** Position of the event; 0 before the first. */
  readonly position: number;
  /** When the position was assigned. Tells the event from another one that has its position after a restore. */
  readonly sequencedAtMs: number;
}

/** Before the first event. */
export const BEGINNING: LogPosition = { position: 0, sequencedAtMs: 0 };

/** Characters of the history's id that a token carries. */
const HISTORY_LENGTH = 8;
const TOKEN = /^([0-9a-f]{8})-(0|[1-9][0-9]{0,15})-([0-9a-z]{1,11})$/;

/** Returns the token of a position in the log with this history. Clients take it as it is. */
export const toToken = (historyId: string, { position, sequencedAtMs }: LogPosition): string =>
  `${historyId.slice(0, HISTORY_LENGTH)}-${position}-${sequencedAtMs.toString(36)}`;

/** A token that a client has sent. */
export interface ParsedToken extends LogPosition {
  /** Whether the token is from this log, and not from that of another database. */
  readonly isOfHistory: boolean;
}

/** Returns the position of a token; undefined if it is malformed. */
export const fromToken = (historyId: string, token: string): ParsedToken | undefined => {
  const [, history, position, time] = TOKEN.exec(token) ?? [];
  if (history === undefined || position === undefined || time === undefined) return undefined;
  const parsed = { position: Number(position), sequencedAtMs: parseInt(time, 36) };
  if (!Number.isSafeInteger(parsed.position) || !Number.isSafeInteger(parsed.sequencedAtMs)) {
    return undefined;
  }
  return { ...parsed, isOfHistory: historyId.startsWith(history) };
};
