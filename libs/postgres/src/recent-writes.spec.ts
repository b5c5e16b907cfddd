import { RecentWrites } from './recent-writes';

/** Records a write every `intervalMs` until the time. */
const writesEvery = (intervalMs: number, untilMs: number): RecentWrites => {
  const writes = new RecentWrites();
  for (let atMs = 0; atMs <= untilMs; atMs += intervalMs) writes.record(atMs);
  return writes;
};

it('is not busy by what the workers of an idle service write', () => {
  expect(new RecentWrites().isBusy(0)).toBe(false);
  expect(writesEvery(1_000, 60_000).isBusy(60_000)).toBe(false);
});

it('is busy while orders are decided, few or many', () => {
  // An order takes two writes or more.
  expect(writesEvery(400, 10_000).isBusy(10_000)).toBe(true);
  expect(writesEvery(1, 10_000).isBusy(10_500)).toBe(true);
});

it('is idle soon after the last order', () => {
  expect(writesEvery(1, 10_000).isBusy(12_000)).toBe(false);
});
