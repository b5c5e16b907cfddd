import { isLow } from './threshold';

const threshold = { lowAt: 10, replenishedAt: 20 };

it.each([
  [0, false, true],
  [10, false, true],
  [10, true, true],
  [11, false, false],
  [11, true, true],
  [19, true, true],
  [19, false, false],
  [20, true, false],
  [1_000, true, false],
])('%i available, low before: %s, is low: %s', (available, wasLow, expected) => {
  expect(isLow(threshold, available, wasLow)).toBe(expected);
});
