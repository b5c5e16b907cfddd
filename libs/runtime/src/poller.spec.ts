import { Poller } from './poller';

let runs: number;
let isAtRest: boolean;
let poller: Poller;

const work = (): Promise<boolean> => {
  runs += 1;
  return Promise.resolve(false);
};

beforeEach(() => {
  jest.useFakeTimers();
  runs = 0;
  isAtRest = false;
  poller = new Poller(work, {
    what: 'work',
    intervalMs: 100,
    rest: { isAtRest: () => isAtRest, intervalMs: 1_000 },
  });
  poller.start();
});

afterEach(async () => {
  await poller.stop();
  jest.useRealTimers();
});

it('runs at its interval', async () => {
  await jest.advanceTimersByTimeAsync(350);
  expect(runs).toBe(4);
});

it('runs less often at rest, and at once when it is woken', async () => {
  isAtRest = true;
  await jest.advanceTimersByTimeAsync(100);
  expect(runs).toBe(2);
  await jest.advanceTimersByTimeAsync(999);
  expect(runs).toBe(2);

  isAtRest = false;
  poller.wake();
  await jest.advanceTimersByTimeAsync(0);
  expect(runs).toBe(3);
  await jest.advanceTimersByTimeAsync(100);
  expect(runs).toBe(4);
});

it('stops without waiting for the end of its pause', async () => {
  await jest.advanceTimersByTimeAsync(0);
  await poller.stop();
  await jest.advanceTimersByTimeAsync(10_000);
  expect(runs).toBe(1);
});
