import { AsyncSignal } from './async-signal';

let signal: AsyncSignal;

beforeEach(() => {
  jest.useFakeTimers();
  signal = new AsyncSignal();
});

afterEach(() => jest.useRealTimers());

/** Returns what a wait resolves with, after this time; undefined while it still waits. */
const resultAfter = async (waiting: Promise<boolean>, elapsedMs: number) => {
  let result: boolean | undefined;
  void waiting.then((value) => (result = value));
  await jest.advanceTimersByTimeAsync(elapsedMs);
  return result;
};

it('ends a wait when it is notified', async () => {
  const waiting = signal.wait();
  expect(await resultAfter(waiting, 60_000)).toBeUndefined();
  signal.notify();
  expect(await waiting).toBe(true);
});

it('keeps one notification for the next wait', async () => {
  signal.notify();
  signal.notify();
  expect(await signal.wait()).toBe(true);
  expect(await resultAfter(signal.wait(), 60_000)).toBeUndefined();
});

it('ends a wait at its timeout, which the next wait does not notice', async () => {
  const waiting = signal.wait(100);
  expect(await resultAfter(waiting, 99)).toBeUndefined();
  expect(await resultAfter(waiting, 1)).toBe(false);
  expect(await resultAfter(signal.wait(100), 99)).toBeUndefined();
});

it('leaves no timer after a notification', async () => {
  const waiting = signal.wait(100);
  signal.notify();
  expect(await waiting).toBe(true);
  expect(jest.getTimerCount()).toBe(0);
});
