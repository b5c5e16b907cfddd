import { LIMITS } from '@app/contracts';
import { newOrder } from '../../apps/orders/src/order/order';
import { toOrderDto } from '../../apps/orders/src/order/order.dto';
import { decided } from '../../apps/orders/src/order/reply';
import { times } from '../harness/wait';
import { orders, reads, transitionOf, useOrderRepository } from './order-repository-fixture';

useOrderRepository();

const ITEMS = 100;
const LONGEST_SKU = 64;

const skuOf = (nth: number): string => `${nth}-`.padEnd(LONGEST_SKU, 'x');

/** Inserts orders that are as large as an order can be: rejected for want of every item. */
const insertLargest = async (count: number): Promise<void> => {
  const items = times(ITEMS, (nth) => ({ sku: skuOf(nth), quantity: 1_000_000 }));
  const note = '"'.repeat(500);
  const metadata = Object.fromEntries(times(16, (nth) => [`${nth}-`.padEnd(40, 'x'), note]));
  const largest = times(count, () =>
    newOrder({
      ...{ userId: '\\'.repeat(128), note, idempotencyKey: null, items },
      ...{ externalId: '"'.repeat(128), metadata },
    }),
  );
  await orders.insert(largest, 60_000, 60_000);
  const shortages = items.map(({ sku, quantity }) => ({
    ...{ sku, requested: quantity, available: 999_999, reason: 'NOT_ENOUGH' as const },
  }));
  for (const order of await orders.findAll(largest.map(({ id }) => id))) {
    await orders.record([
      transitionOf({ ...order, status: 'PENDING' }, decided('REJECTED', shortages)),
    ]);
  }
};

it('ends a page of large orders early, and continues it with the next one', async () => {
  await insertLargest(30);
  const sizes: number[] = [];
  const ids = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await reads.page({ limit: 100, ...(cursor !== undefined && { cursor }) }, {});
    const body = JSON.stringify({ orders: page.items.map(toOrderDto), nextCursor: page.next });
    sizes.push(Buffer.byteLength(body));
    for (const { id } of page.items) ids.add(id);
    expect(page.items.length).toBeGreaterThan(0);
    cursor = page.next;
  } while (cursor !== undefined);
  expect(ids.size).toBe(30);
  expect(Math.max(...sizes)).toBeLessThan(LIMITS.maxPageBytes);
  // The estimate is close: a page is more than half full.
  expect(Math.max(...sizes)).toBeGreaterThan(LIMITS.maxPageBytes / 2);
});

it('returns a full page of small orders', async () => {
  const small = times(100, () =>
    newOrder({
      userId: 'u',
      note: null,
      idempotencyKey: null,
      items: [{ sku: 'a', quantity: 1 }],
    }),
  );
  await orders.insert(small, 60_000, 60_000);
  const { items } = await reads.page({ userId: 'u', limit: 100 }, {});
  expect(items).toHaveLength(100);
});
