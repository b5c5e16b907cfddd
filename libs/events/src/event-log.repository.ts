import { ServiceError } from '@app/errors';
import { type LaneRequest, PreparedStatement, type Statement } from '@app/postgres';
import { fromToken, type LogPosition } from './log-position';

/** An event of the log. */
export interface LogEntry extends LogPosition {
  /** The row that the event is about, such as `order/01a2…/1`. */
  readonly ref: string;
}

/** Runs selects: `Database` for the service itself, `ReadLane` for its callers. */
export interface LogReads {
  query<Row>(
    statement: Statement,
    parameters?: readonly unknown[],
    request?: LaneRequest,
  ): Promise<Row[]>;
}

/** The state of a log. */
export interface LogState {
  readonly historyId: string;
  /** The last event; BEGINNING before the first. */
  readonly end: LogPosition;
  /** Position of the last event that was deleted because of its age; 0 before that. */
  readonly prunedPosition: number;
}

interface Row {
  readonly historyId: string;
  readonly lastPosition: number;
  readonly prunedPosition: number;
  /** Time of the position; null if no event has it. */
  readonly positionTime: Date | null;
  readonly firstPosition: number | null;
  readonly sequencedAt: Date | null;
  readonly refs: readonly string[] | null;
}

/** For readers whose number is limited elsewhere. */
const LIMITED: LaneRequest = { isLimited: true };

const SEQUENCE = `
  s.history_id as "historyId", s.last_position::float8 as "lastPosition",
  s.pruned_position::float8 as "prunedPosition"`;

const STATE = `
  select ${SEQUENCE}, l.sequenced_at as "sequencedAt"
    from event_sequence s
    left join lateral (
      select sequenced_at from event_log order by first_position desc limit 1) l on true`;

/**
 * Positions have no gaps, so a page is a range of them, which begins in the row that has the position. One
 * snapshot decides whether that is lost.
 */
const PAGE = new PreparedStatement(`
  select ${SEQUENCE},
         case when start.last_position >= $1::bigint then start.sequenced_at end as "positionTime",
         l.first_position::float8 as "firstPosition", l.sequenced_at as "sequencedAt", l.refs
    from event_sequence s
    left join lateral (
      select first_position, last_position, sequenced_at from event_log
       where first_position <= $1::bigint order by first_position desc limit 1) start on true
    left join event_log l
           on l.first_position >= coalesce(start.first_position, 0)
          and l.first_position <= $1::bigint + $2::int
          and l.last_position > $1::bigint
   order by l.first_position`);

/** The events after the position were deleted because of their age. */
export const positionExpired = (prunedPosition: number): ServiceError =>
  new ServiceError(
    'POSITION_EXPIRED',
    `The events after this position are no longer kept; the oldest kept one is ${prunedPosition + 1}. Read the present state, and follow without a position.`,
    { metadata: { oldestPosition: prunedPosition + 1 } },
  );

/** Where a client begins: after the event of a token, with the oldest kept event, or from now on. */
export type LogStart = { readonly token: string } | 'oldest' | 'now';

/**
 * Returns the position at which a client begins. Throws HISTORY_CHANGED for a token of another log, and
 * `malformed` for what is no token.
 */
export const positionAt = (
  start: LogStart,
  { historyId, end, prunedPosition }: LogState,
  malformed: () => ServiceError,
): LogPosition => {
  if (start === 'now') return end;
  if (start === 'oldest') return { position: prunedPosition, sequencedAtMs: 0 };
  const parsed = fromToken(historyId, start.token);
  if (!parsed) throw malformed();
  if (!parsed.isOfHistory) throw logHistoryChanged();
  return { position: parsed.position, sequencedAtMs: parsed.sequencedAtMs };
};

/** The log does not have the event of the position: the database was restored, or another one. */
export const logHistoryChanged = (): ServiceError =>
  new ServiceError(
    'HISTORY_CHANGED',
    'The log does not have the event of this position. Read the present state, and follow without a position.',
  );

/** Whether a reader cannot continue after its position, now or later. */
export const isPositionLost = (error: unknown): error is ServiceError =>
  error instanceof ServiceError &&
  (error.reason === 'HISTORY_CHANGED' || error.reason === 'POSITION_EXPIRED');

/** Reads the log. Every reader sees the same events in the same order, once. */
export class EventLogRepository {
  constructor(private readonly reads: LogReads) {}

  /** Returns the state of the log. */
  async readState(request: LaneRequest = LIMITED): Promise<LogState> {
    const [row] = await this.reads.query<Omit<Row, 'positionTime'>>(STATE, [], request);
    if (!row) throw new Error('The table event_sequence has no row');
    const { historyId, lastPosition, prunedPosition, sequencedAt } = row;
    const end = { position: lastPosition, sequencedAtMs: sequencedAt?.getTime() ?? 0 };
    return { historyId, end, prunedPosition };
  }

  /**
   * Returns up to `limit` events after a position. Throws POSITION_EXPIRED if some of them were deleted
   * because of their age, and HISTORY_CHANGED if the log does not have the event of the position. A
   * position whose time is 0 is not compared with the time of its event.
   */
  async readAfter(
    after: LogPosition,
    limit: number,
    request: LaneRequest = LIMITED,
  ): Promise<LogEntry[]> {
    const rows = await this.reads.query<Row>(PAGE, [after.position, limit], request);
    const [state] = rows;
    if (!state) throw new Error('The table event_sequence has no row');
    requireKnown(after, state);
    const entries: LogEntry[] = [];
    for (const { firstPosition, sequencedAt, refs } of rows) {
      if (firstPosition === null || !sequencedAt || !refs) continue;
      const sequencedAtMs = sequencedAt.getTime();
      for (const [index, ref] of refs.entries()) {
        const position = firstPosition + index;
        if (position <= after.position || position > after.position + limit) continue;
        entries.push({ position, sequencedAtMs, ref });
      }
    }
    return entries;
  }
}

const requireKnown = (
  after: LogPosition,
  { lastPosition, prunedPosition, positionTime }: Row,
): void => {
  if (after.position > lastPosition) throw logHistoryChanged();
  if (after.position < prunedPosition) throw positionExpired(prunedPosition);
  const isPruned = after.position <= prunedPosition;
  if (isPruned || after.sequencedAtMs === 0) return;
  if (positionTime?.getTime() !== after.sequencedAtMs) throw logHistoryChanged();
};
