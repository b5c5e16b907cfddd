import type { IncomingMessage, OutgoingMessage } from '../messaging/message';

/** Headers of a dead letter. Those of the original message follow them. */
export const DEAD_LETTER_HEADERS = {
  topic: 'dlq-original-topic',
  partition: 'dlq-original-partition',
  offset: 'dlq-original-offset',
  time: 'dlq-original-time',
  hasKey: 'dlq-original-has-key',
  reason: 'dlq-reason',
  detail: 'dlq-detail',
  attempts: 'dlq-attempts',
  failedAt: 'dlq-failed-at',
} as const;

const PREFIX = 'dlq-';
const MAX_DETAIL_LENGTH = 1_000;

export interface DeadLetterCause {
  readonly reason: string;
  readonly detail: string;
  readonly attempts: number;
  readonly failedAt: Date;
}

/** A dead letter as an operator sees it. */
export interface DeadLetter extends DeadLetterCause {
  /** `orders.dlq.v1/0/17`: its place. */
  readonly id: string;
  readonly original: Pick<IncomingMessage, 'topic' | 'partition' | 'offset' | 'timestampMs'>;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: ReadonlyMap<string, Buffer>;
}

/** Returns the dead letter of a message: its key, payload and headers unchanged, and what happened. */
export const toDeadLetter = (
  message: IncomingMessage,
  topic: string,
  { reason, detail, attempts, failedAt }: DeadLetterCause,
): OutgoingMessage => {
  const names = DEAD_LETTER_HEADERS;
  const own: [string, string][] = [
    [names.topic, message.topic],
    [names.partition, String(message.partition)],
    [names.offset, String(message.offset)],
    [names.time, new Date(message.timestampMs).toISOString()],
    [names.hasKey, String(message.key !== null)],
    [names.reason, reason],
    [names.detail, detail.slice(0, MAX_DETAIL_LENGTH)],
    [names.attempts, String(attempts)],
    [names.failedAt, failedAt.toISOString()],
  ];
  const kept = [...message.headers].filter(([name]) => !name.startsWith(PREFIX));
  return {
    topic,
    key: message.key,
    value: message.value,
    headers: new Map<string, Buffer | string>([...own, ...kept]),
  };
};

/** Reads a dead letter. Undefined if the message is none. */
export const parseDeadLetter = (message: IncomingMessage): DeadLetter | undefined => {
  const header = (name: string): string => message.headers.get(name)?.toString() ?? '';
  const names = DEAD_LETTER_HEADERS;
  const topic = header(names.topic);
  const offset = header(names.offset);
  if (topic === '' || !/^\d+$/.test(offset)) return undefined;
  return {
    id: `${message.topic}/${message.partition}/${message.offset}`,
    original: {
      topic,
      partition: Number(header(names.partition)),
      offset: BigInt(offset),
      timestampMs: Date.parse(header(names.time)),
    },
    key: header(names.hasKey) === 'false' ? null : message.key,
    value: message.value,
    headers: new Map([...message.headers].filter(([name]) => !name.startsWith(PREFIX))),
    reason: header(names.reason),
    detail: header(names.detail),
    attempts: Number(header(names.attempts)),
    failedAt: new Date(header(names.failedAt)),
  };
};

/** Returns the original message of a dead letter, to be sent to its topic again. */
export const toOriginal = ({ original, key, value, headers }: DeadLetter): OutgoingMessage => ({
  topic: original.topic,
  key,
  value,
  headers,
});

/** What an operator has done with a dead letter. */
export type Resolution = 'replayed' | 'discarded';

const RESOLVES = 'dlq-resolves';
const RESOLUTION = 'dlq-resolution';

/**
 * Returns the message that marks a dead letter as done. It goes to the topic of the dead letter, which keeps
 * what happened.
 */
export const toResolution = (
  { id, key }: DeadLetter,
  topic: string,
  resolution: Resolution,
): OutgoingMessage => ({
  topic,
  key,
  value: null,
  headers: new Map([
    [RESOLVES, id],
    [RESOLUTION, resolution],
  ]),
});

/** Returns the id of the dead letter that the message marks as done; undefined if it marks none. */
export const resolvedIdOf = ({ headers }: IncomingMessage): string | undefined =>
  headers.get(RESOLVES)?.toString();
