import { AdaptiveLimit } from './adaptive-limit';

const limit = () => new AdaptiveLimit({ min: 8, max: 100, targetMs: 50 });

it('starts at max and does not exceed it', () => {
  const adaptive = limit();
  expect(adaptive.current).toBe(100);
  adaptive.record(1, 0);
  expect(adaptive.current).toBe(100);
});

it('decreases after a late task, once per duration of that task', () => {
  const adaptive = limit();
  for (const nowMs of [0, 10, 199]) adaptive.record(200, nowMs);
  expect(adaptive.current).toBe(70);
  adaptive.record(200, 200);
  expect(adaptive.current).toBe(49);
});

it('does not decrease below min', () => {
  const adaptive = limit();
  for (let nowMs = 0; nowMs < 10_000; nowMs += 100) adaptive.record(60, nowMs);
  expect(adaptive.current).toBe(8);
});

it('increases with each task that is on time', () => {
  const adaptive = limit();
  adaptive.record(60, 0);
  for (let nowMs = 100; nowMs < 300; nowMs += 1) adaptive.record(50, nowMs);
  expect(adaptive.current).toBeCloseTo(80);
});
