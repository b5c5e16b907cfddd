import { OrderReplay } from './replayed-orders';

const event = (seq: number, type: string, rest: object = {}) =>
  ({
    ...{ eventId: `o-1.${seq}`, type, time: '', orderId: 'o-1', userId: 'u', idempotencyKey: 'k' },
    ...{ status: 'PENDING', items: [{ sku: 'a', quantity: 2 }], ...rest },
  }) as Parameters<OrderReplay['add']>[0];

const placed = event(1, 'order.placed');
const confirmed = event(2, 'order.confirmed', { status: 'CONFIRMED' });

const replay = (...events: (typeof placed)[]) => {
  const replayed = new OrderReplay();
  for (const each of events) replayed.add(each);
  return replayed;
};

it('has the last state of each order', () => {
  const cancelled = event(4, 'order.cancelled', { status: 'CANCELLED', reason: 'REQUESTED' });
  const { orders, faults } = replay(placed, confirmed, cancelled);
  expect([...orders]).toEqual([['o-1', 'u | k | CANCELLED | a=2 | REQUESTED']]);
  expect(faults).toEqual([]);
});

it.each([
  ['is repeated', [placed, confirmed, confirmed]],
  ['comes too early', [placed, event(3, 'order.fulfilled'), confirmed]],
  ['is about an order that was never placed', [confirmed]],
  ['places an order a second time', [placed, event(2, 'order.placed')]],
])('finds an event that %s', (_, events) => {
  expect(replay(...events).faults).toHaveLength(1);
});
