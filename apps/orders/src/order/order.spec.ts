import { isSameOrder, newOrder } from './order';

const original = {
  userId: 'u',
  note: null,
  idempotencyKey: 'k',
  items: [{ sku: 'a', quantity: 1 }],
};

it('newOrder makes UUIDv7 ids, which sort by creation time', () => {
  const ids = Array.from({ length: 1_000 }, () => newOrder(original).id);
  expect([...ids].sort()).toEqual(ids);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
});

it.each([
  ['the same contents', original, true],
  ['another note', { ...original, note: 'no onions' }, false],
  ['another SKU', { ...original, items: [{ sku: 'b', quantity: 1 }] }, false],
  ['another quantity', { ...original, items: [{ sku: 'a', quantity: 2 }] }, false],
  ['more items', { ...original, items: [...original.items, { sku: 'b', quantity: 1 }] }, false],
  ['no items', { ...original, items: [] }, false],
])('isSameOrder compares an order with %s', (_, other, isSame) => {
  expect(isSameOrder(newOrder(other), newOrder(original))).toBe(isSame);
});
