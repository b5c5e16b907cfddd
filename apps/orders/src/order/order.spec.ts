import { newOrder, retryDelayMs, transitionFor } from './order';

it('an order has its id before anything is written, and ids are in the order of their making', () => {
  const make = () => newOrder({ userId: 'u', note: null, items: [] }).id;
  const ids = Array.from({ length: 1_000 }, make);
  expect([...ids].sort()).toEqual(ids);
  expect(ids[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
});

it('held leads to CONFIRMED, rejected to CANCELLED with the reason and every shortage', () => {
  expect(transitionFor('o', { kind: 'held' })).toEqual({
    id: 'o',
    status: 'CONFIRMED',
    cancelReason: null,
    shortages: [],
  });
  const shortages = [{ sku: 'burger', requested: 4, available: 3, reason: 'NOT_ENOUGH' as const }];
  expect(transitionFor('o', { kind: 'rejected', shortages })).toEqual({
    id: 'o',
    status: 'CANCELLED',
    cancelReason: 'INSUFFICIENT_STOCK',
    shortages,
  });
});

it('a reservation that was released can never be held again: the order is cancelled', () => {
  expect(transitionFor('o', { kind: 'released' })).toMatchObject({
    status: 'CANCELLED',
    cancelReason: 'RESERVATION_RELEASED',
  });
});

it('an undecided order is tried again after 100 ms, doubling up to 500 ms', () => {
  expect([0, 1, 2, 3, 4, 1_000].map(retryDelayMs)).toEqual([100, 200, 400, 500, 500, 500]);
});
