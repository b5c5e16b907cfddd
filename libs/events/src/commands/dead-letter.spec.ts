import type { IncomingMessage, OutgoingMessage } from '../messaging/message';
import {
  parseDeadLetter,
  resolvedIdOf,
  toDeadLetter,
  toOriginal,
  toResolution,
} from './dead-letter';

const TOPIC = 'orders.dlq.v1';

const original: IncomingMessage = {
  topic: 'order-commands.v1',
  partition: 3,
  offset: 17n,
  timestampMs: 1_764_000_000_123,
  key: Buffer.from([0xff, 0x00]),
  value: Buffer.from('{ not JSON'),
  headers: new Map([['trace', Buffer.from('t-1')]]),
};

const cause = { reason: 'MALFORMED', detail: 'no JSON', attempts: 2, failedAt: new Date(0) };

const received = ({ topic, key, value, headers }: OutgoingMessage): IncomingMessage => ({
  ...{ topic, partition: 0, offset: 5n, timestampMs: 0 },
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers: new Map([...headers].map(([name, text]) => [name, Buffer.from(text)])),
});

const letterOf = (message: IncomingMessage) => {
  const letter = parseDeadLetter(received(toDeadLetter(message, TOPIC, cause)));
  if (!letter) throw new Error('It is no dead letter');
  return letter;
};

it('has the place of the original message and what happened', () => {
  expect(letterOf(original)).toMatchObject({
    ...cause,
    id: 'orders.dlq.v1/0/5',
    original: {
      topic: 'order-commands.v1',
      partition: 3,
      offset: 17n,
      timestampMs: 1_764_000_000_123,
    },
  });
});

it.each([
  ['with a key of any bytes', original],
  ['without a key', { ...original, key: null }],
  ['without a payload', { ...original, value: null }],
])('becomes the original message %s again', (_, message) => {
  expect(toOriginal(letterOf(message))).toEqual({
    topic: message.topic,
    key: message.key,
    value: message.value,
    headers: message.headers,
  });
});

it('of a message that was a dead letter before has its last cause only', () => {
  const again = { ...original, headers: letterOf(original).headers };
  expect([...letterOf(again).headers.keys()]).toEqual(['trace']);
});

it('is marked as done by a message that is none itself', () => {
  const mark = received(toResolution(letterOf(original), TOPIC, 'replayed'));
  expect(resolvedIdOf(mark)).toBe('orders.dlq.v1/0/5');
  expect(parseDeadLetter(mark)).toBeUndefined();
  expect(resolvedIdOf(original)).toBeUndefined();
});
