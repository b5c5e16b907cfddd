import { newOrder } from '../../apps/orders/src/order/order';
import type { OrderFilter } from '../../apps/orders/src/order/order-read.repository';
import { times } from '../harness/wait';
import { database, orders, reads, useBreakableOrders } from './order-repository-fixture';

// The times of the orders are not those of their timelines.
useBreakableOrders();

const START_MS = Date.parse('2026-03-01T12:00:00.000Z');
const at = (ms: number): Date => new Date(START_MS + ms);

/** The id of the nth order: the time at which it was made, and its number. */
const idOf = (nth: number): string => {
  const time = (START_MS + nth * 1_000).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String(nth).padStart(12, '0')}`;
};

/** Inserts orders a second apart, each created 20 s after the time in its id. */
const insertOrders = async (count: number): Promise<void> => {
  const items = [{ sku: 'a', quantity: 1 }];
  const placed = times(count, (nth) =>
    newOrder({ userId: 'u', note: null, idempotencyKey: null, items }, idOf(nth)),
  );
  await orders.insert(placed, 60_000, 60_000);
  await database.query(
    `update orders set (created_at, updated_at) = (
       select time, time from (select $1::timestamptz + right(id::text, 12)::int * interval '1 second' as time) t)`,
    [at(20_000).toISOString()],
  );
};

/** Reads all pages of two orders. Returns the numbers of the orders. */
const readAll = async (filter: Omit<OrderFilter, 'limit'>): Promise<number[]> => {
  const found: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await reads.page({ ...filter, limit: 2, ...(cursor && { cursor }) }, {});
    found.push(...page.items.map(({ id }) => Number(id.slice(-12))));
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
};

it('lists in both directions', async () => {
  await insertOrders(5);
  expect(await readAll({})).toEqual([4, 3, 2, 1, 0]);
  expect(await readAll({ direction: 'asc' })).toEqual([0, 1, 2, 3, 4]);
  expect(await readAll({ direction: 'asc', userId: 'u' })).toEqual([0, 1, 2, 3, 4]);
  expect(await readAll({ direction: 'asc', userId: 'u', sku: 'a' })).toEqual([0, 1, 2, 3, 4]);
});

it('has each order in one of two windows that meet, by its creation time and not by that of its id', async () => {
  await insertOrders(6);
  const middle = at(23_000);
  expect(await readAll({ createdAfter: middle })).toEqual([5, 4, 3]);
  expect(await readAll({ createdBefore: middle })).toEqual([2, 1, 0]);
  expect(await readAll({ createdAfter: middle, direction: 'asc', sku: 'a' })).toEqual([3, 4, 5]);
  const window = { createdAfter: at(21_000), createdBefore: at(24_000) };
  expect(await readAll({ ...window, userId: 'u', sku: 'a' })).toEqual([3, 2, 1]);
});

it('lists orders of several statuses, merged', async () => {
  await insertOrders(6);
  await database.query(
    `update orders set (status, next_attempt_at, cancel_reason) = (
       select 'CANCELLED', null::timestamptz, 'REQUESTED') where id = any($1)`,
    [[idOf(1), idOf(4)]],
  );
  await database.query(
    `update orders set (status, next_attempt_at) = (select 'CONFIRMED', null::timestamptz) where id = any($1)`,
    [[idOf(2), idOf(3)]],
  );
  expect(await readAll({ statuses: ['CANCELLED', 'CONFIRMED'] })).toEqual([4, 3, 2, 1]);
  const filter = { statuses: ['PENDING', 'CANCELLED'], direction: 'asc' } as const;
  expect(await readAll(filter)).toEqual([0, 1, 4, 5]);
  expect(await readAll({ ...filter, userId: 'u', sku: 'a' })).toEqual([0, 1, 4, 5]);
  expect(await readAll({ ...filter, userId: 'other' })).toEqual([]);
});

describe('the orders that changed since a time', () => {
  /** The last change of the nth order, in µs after that of the others. */
  const change = (nth: number, us: number) =>
    database.query(
      `update orders set updated_at = $2::timestamptz + $3::int * interval '1 microsecond' where id = $1`,
      [idOf(nth), at(60_000).toISOString(), us],
    );

  it('are listed by their last change, as exactly as Postgres stores it', async () => {
    await insertOrders(6);
    await change(0, 2);
    await change(1, 1);
    await change(3, 1);
    const updatedSince = at(25_000);
    expect(await readAll({ updatedSince, direction: 'asc' })).toEqual([5, 1, 3, 0]);
    expect(await readAll({ updatedSince })).toEqual([0, 3, 1, 5]);
    expect(await readAll({ updatedSince: at(25_001), direction: 'asc' })).toEqual([1, 3, 0]);
  });

  it('can be filtered as others', async () => {
    await insertOrders(6);
    await change(0, 0);
    const filter = {
      updatedSince: at(23_000),
      direction: 'asc',
      createdBefore: at(25_000),
    } as const;
    expect(await readAll(filter)).toEqual([3, 4, 0]);
    expect(await readAll({ ...filter, statuses: ['PENDING'], userId: 'u' })).toEqual([3, 4, 0]);
    expect(await readAll({ ...filter, statuses: ['CONFIRMED', 'CANCELLED'] })).toEqual([]);
  });

  it('include an order that changes while they are read, at the end', async () => {
    await insertOrders(4);
    const filter = { updatedSince: at(0), direction: 'asc', limit: 2 } as const;
    const first = await reads.page(filter, {});
    await change(0, 0);
    const second = await reads.page({ ...filter, cursor: first.next }, {});
    const third = await reads.page({ ...filter, cursor: second.next }, {});
    const ids = [first, second, third].flatMap(({ items }) => items.map(({ id }) => id));
    expect(ids).toEqual([idOf(0), idOf(1), idOf(2), idOf(3), idOf(0)]);
    expect(third.next).toBeUndefined();
  });
});
