import { fromStockToken, toStockToken } from './stock-positions';

const SKUS = ['burger', 'pizza', 'salad'];
const POSITIONS = new Map([
  ['burger', { seq: 1, occurredAtMs: 1_764_000_000_000 }],
  ['salad', { seq: 2 ** 40, occurredAtMs: 1_764_000_000_001 }],
]);
const TOKEN = toStockToken(SKUS, POSITIONS);

it('positions are the same after their token', () => {
  expect(fromStockToken(SKUS, TOKEN)).toEqual(POSITIONS);
});

it('a token of 100 SKUs fits into a header', () => {
  const skus = Array.from({ length: 100 }, (_each, nth) => `${nth}`.padStart(64, 'x'));
  expect(toStockToken(skus, new Map()).length).toBeLessThan(2_000);
});

it.each([
  ['other SKUs', ['burger', 'pizza', 'sushi'], TOKEN],
  ['fewer SKUs', ['burger', 'pizza'], TOKEN],
  ['another order', ['pizza', 'burger', 'salad'], TOKEN],
  ['a cut token', SKUS, TOKEN.slice(0, -4)],
  ['a longer token', SKUS, `${TOKEN}AAAA`],
  ['another form', SKUS, `B${TOKEN.slice(1)}`],
  ['padding', SKUS, `${TOKEN}=`],
  ['no token', SKUS, '7'],
  ['an empty text', SKUS, ''],
])('%s has no positions', (_what, skus, token) => {
  expect(fromStockToken(skus, token)).toBeUndefined();
});
