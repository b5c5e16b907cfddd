import { THIS_MACHINE } from './caller-key';
import { overloaded } from './http-errors';
import { OpenStreams } from './open-streams';

const MAX = 100;

let streams: OpenStreams;
let closed: AbortController[];

const open = (caller: string, count: number): void => {
  for (let each = 0; each < count; each += 1) {
    const stream = new AbortController();
    streams.admit(caller, stream.signal);
    closed.push(stream);
  }
};

const rejectionOf = (caller: string): unknown => {
  try {
    open(caller, 1);
    return undefined;
  } catch (error) {
    return error;
  }
};

beforeEach(() => {
  streams = new OpenStreams(MAX, overloaded);
  closed = [];
});

it('leaves the last quarter to callers with few streams', () => {
  open('many', 75);
  expect(rejectionOf('many')).toMatchObject({ reason: 'RATE_LIMITED', retryAfterMs: 10_000 });
  open('one', 2);
  expect(rejectionOf('one')).toMatchObject({ reason: 'RATE_LIMITED' });
  open('another', 2);
});

it('is full at its limit, for callers with few streams as well', () => {
  for (let caller = 0; caller < MAX; caller += 1) open(`caller ${caller}`, 1);
  expect(rejectionOf('one')).toMatchObject({ reason: 'OVERLOADED' });
  closed[0]?.abort();
  open('one', 1);
});

it('gives a caller its places back', () => {
  open('many', 75);
  for (const stream of closed) stream.abort();
  open('other', 75);
  open('many', 2);
});

it('limits programs on this machine only together', () => {
  open(THIS_MACHINE, MAX);
  expect(rejectionOf(THIS_MACHINE)).toMatchObject({ reason: 'OVERLOADED' });
});
