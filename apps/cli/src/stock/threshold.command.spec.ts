import { formatThreshold, thresholdRequest } from './threshold.command';

const level = {
  sku: 'salad',
  onHand: 12,
  reserved: 2,
  available: 10,
  known: true,
  shortfall: 0,
  seq: 3,
};

it.each([
  [
    { low: '10', replenished: '20' },
    { sku: 'salad', threshold: { lowAt: 10, replenishedAt: 20 } },
  ],
  [{ none: true }, { sku: 'salad' }],
])('%j is a request', (options, expected) => {
  expect(thresholdRequest('salad', options)).toEqual(expected);
});

it.each([
  [{}, 'Specify either'],
  [{ low: '10' }, 'Specify either'],
  [{ none: true, low: '10' }, 'Specify either'],
  [{ low: 'ten', replenished: '20' }, '--low must be a number, but it is "ten".'],
  [{ low: '10', replenished: '10' }, '--replenished must be >= 11, but it is "10".'],
  [{ low: '-1', replenished: '10' }, '--low must be a number'],
])('%j is a wrong usage', (options, message) => {
  expect(() => thresholdRequest('salad', options)).toThrow(message);
});

it.each([
  [undefined, 'salad: 10 available, no threshold.'],
  [{ lowAt: 10, replenishedAt: 20, low: true }, 'salad: 10 available, low until 20.'],
  [{ lowAt: 5, replenishedAt: 20, low: false }, 'salad: 10 available, low at 5, then until 20.'],
])('prints the threshold %j', (threshold, expected) => {
  expect(formatThreshold({ ...level, threshold })).toBe(expected);
});
