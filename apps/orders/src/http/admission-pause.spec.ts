import type { IncomingMessage } from 'node:http';
import { AdaptiveLimit } from '@app/runtime';
import { Admission } from './admission';
import { HttpConnections } from './connections';

/** Rejects a request elsewhere. Returns whether its connection is read no more. */
const isPaused = (isShared: boolean): boolean => {
  const admission = new Admission(
    new AdaptiveLimit({ min: 1, max: 1, targetMs: 100 }),
    new HttpConnections({
      ...{ maxConnections: 1, maxPipelined: 1, maxUnreadBytes: 1, closeDelayMs: 1, lingerMs: 1 },
    }),
    {
      ...{ maxReads: 1, maxFiles: 1, queueTimeoutMs: 1 },
      queue: { maxLength: 1, maxBurstMs: 1, maxLengthInOverload: 1 },
      isShared: () => isShared,
    },
  );
  const socket = { pause: jest.fn(), resume: jest.fn() };
  admission.pauseRejected({ closed: true, socket } as unknown as IncomingMessage, 1);
  return socket.pause.mock.calls.length > 0;
};

beforeEach(() => jest.useFakeTimers());

afterEach(() => jest.useRealTimers());

it('the connection of a rejected client is paused', () => {
  expect(isPaused(false)).toBe(true);
});

it('a connection that several clients share is not paused, such as that of a proxy', () => {
  expect(isPaused(true)).toBe(false);
});
