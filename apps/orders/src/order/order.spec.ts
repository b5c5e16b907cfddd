import { newOrder } from './order';

const order = {
  userId: 'u',
  note: null,
  idempotencyKey: 'k',
  items: [{ sku: 'a', quantity: 1 }],
};

it('newOrder makes UUIDv7 ids, which sort by creation time', () => {
  const ids = Array.from({ length: 1_000 }, () => newOrder(order).id);
  expect([...ids].sort()).toEqual(ids);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
});
