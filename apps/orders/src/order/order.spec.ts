import { isSameOrder, newOrder } from './order';

const wanted = { userId: 'u', note: null, idempotencyKey: 'k', items: [{ sku: 'a', quantity: 1 }] };

it('an order has its id before anything is written, and ids are in the order of their making', () => {
  const ids = Array.from({ length: 1_000 }, () => newOrder(wanted).id);
  expect([...ids].sort()).toEqual(ids);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
});

it.each([
  ['the same', wanted, true],
  ['another note', { ...wanted, note: 'no onions' }, false],
  ['another SKU', { ...wanted, items: [{ sku: 'b', quantity: 1 }] }, false],
  ['another quantity', { ...wanted, items: [{ sku: 'a', quantity: 2 }] }, false],
  ['more items', { ...wanted, items: [...wanted.items, { sku: 'b', quantity: 1 }] }, false],
  ['no items', { ...wanted, items: [] }, false],
])('a repeated key with %s', (_, other, isTheSame) => {
  expect(isSameOrder(newOrder(other), newOrder(wanted))).toBe(isTheSame);
});
