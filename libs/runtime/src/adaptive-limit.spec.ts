import { AdaptiveLimit } from './adaptive-limit';

const limit = () => new AdaptiveLimit({ min: 8, max: 100, targetMs: 50 });

it('begins with all that it may ever let in, and goes no higher', () => {
  const adaptive = limit();
  expect(adaptive.current).toBe(100);
  adaptive.record(1, 0);
  expect(adaptive.current).toBe(100);
});

it('falls when work is late, once in the time that the work took', () => {
  const adaptive = limit();
  for (const nowMs of [0, 10, 199]) adaptive.record(200, nowMs);
  expect(adaptive.current).toBe(70);
  adaptive.record(200, 200);
  expect(adaptive.current).toBe(49);
});

it('never falls so low that nothing could show it is quick again', () => {
  const adaptive = limit();
  for (let nowMs = 0; nowMs < 10_000; nowMs += 100) adaptive.record(60, nowMs);
  expect(adaptive.current).toBe(8);
});

it('rises again with all that is in time', () => {
  const adaptive = limit();
  adaptive.record(60, 0);
  for (let nowMs = 100; nowMs < 300; nowMs += 1) adaptive.record(50, nowMs);
  expect(adaptive.current).toBeCloseTo(80);
});
