import { Database } from '@app/postgres';
import { eventually, times } from '../../../../test/harness/wait';
import type { Order } from './order';
import { OrderExpiryRepository, SELECT_EXPIRED } from './order-expiry.repository';
import { OrderRepository } from './order.repository';
import { requestedTransition } from './order-transition';

import { FOR_ANY_CUSTOMER } from './requester';
import {
  database,
  DEADLINE,
  eventsOf,
  here,
  instanceOn,
  inventory,
  NO_RESPONSE,
  place,
  REPLIES,
  stored,
  there,
  useOrderServices,
} from '../../../../test/db/order-service-fixture';

useOrderServices();

const EXPIRY_MS = 300;

beforeEach(() => {
  for (const { options } of [here, there]) options.confirmedExpiryMs = EXPIRY_MS;
});

const reconcile = () =>
  Promise.all([here.reconciliation.reconcile(), there.reconciliation.reconcile()]);

const makeDue = (id: string) =>
  database.query(`update orders set next_attempt_at = now() where id = $1`, [id]);

const untilCancelling = (id: string): Promise<Order> =>
  eventually('the order expires', async () => {
    await reconcile();
    const order = await stored(id);
    return order.status === 'CONFIRMED' ? undefined : order;
  });

const ageMs = ({ updatedAt }: Order, until: Order): number =>
  until.updatedAt.getTime() - updatedAt.getTime();

it('cancels an order that was CONFIRMED for too long, once, and not earlier', async () => {
  const order = await place();
  const late = await untilCancelling(order.id);
  expect(late).toMatchObject({ status: 'CANCELLING', cancelReason: 'EXPIRED' });
  expect(ageMs(order, late)).toBeGreaterThanOrEqual(EXPIRY_MS);
  await makeDue(order.id);
  await reconcile();
  expect(await stored(order.id)).toMatchObject({ status: 'CANCELLED', cancelReason: 'EXPIRED' });
  expect(await eventsOf(order.id)).toEqual(['PLACED', 'CONFIRMED', 'CANCELLING', 'CANCELLED']);
  expect(
    await database.query(
      `select actor, reason from order_event where order_id = $1 and event = 'CANCELLING'`,
      [order.id],
    ),
  ).toEqual([{ actor: 'SYSTEM', reason: 'EXPIRED' }]);
});

it('also while Inventory is unavailable', async () => {
  const { id } = await place();
  inventory.canCall = false;
  expect(await untilCancelling(id)).toMatchObject({ status: 'CANCELLING' });
  inventory.canCall = true;
  await here.service.cancel(id, DEADLINE, FOR_ANY_CUSTOMER);
});

it('the time counts from the last event, such as a reduction, and not from the placement', async () => {
  const { id } = await place({ items: [{ sku: 'burger', quantity: 2 }] });
  const expiries = here.module.get(OrderExpiryRepository);
  const find = async () => (await expiries.find(EXPIRY_MS, 1_000)).map((each) => each.id);
  await eventually('the order is late', async () => (await find()).includes(id));
  await here.service.reduce(id, [{ sku: 'burger', quantity: 1 }], DEADLINE, FOR_ANY_CUSTOMER);
  // However long the test takes: the reduction was a moment ago.
  await database.query(
    `with moved as (
       update orders set updated_at = now() + interval '1 minute' where id = $1 returning last_seq)
     update order_event e set occurred_at = now() + interval '1 minute'
       from moved where e.order_id = $1 and e.seq = moved.last_seq`,
    [id],
  );
  expect(await find()).not.toContain(id);
});

it('does not touch orders with another status', async () => {
  inventory.behavior = () => NO_RESPONSE;
  const pending = await place();
  inventory.behavior = (call, { id }) => (id === pending.id ? NO_RESPONSE : REPLIES[call]);
  const fulfilled = await place();
  await here.service.fulfill(fulfilled.id, DEADLINE, FOR_ANY_CUSTOMER);
  const { id } = await place();
  await untilCancelling(id);
  expect(await stored(pending.id)).toMatchObject({ status: 'PENDING' });
  expect(await stored(fulfilled.id)).toMatchObject({ status: 'FULFILLED' });
});

it('a fulfill that is written first wins', async () => {
  const order = await place();
  const expiry = requestedTransition(order, 'CANCELLING', 'SYSTEM', here.options);
  await here.service.fulfill(order.id, DEADLINE, FOR_ANY_CUSTOMER);
  const repository = here.module.get(OrderRepository);
  expect((await repository.record([expiry])).size).toBe(0);
  expect(await stored(order.id)).toMatchObject({ status: 'FULFILLED', cancelReason: null });
});

it('without the setting no order expires, and with it an instance searches once a second', async () => {
  const { id } = await place();
  const fresh = await instanceOn(database.url);
  const search = jest.spyOn(fresh.module.get(OrderExpiryRepository), 'find');
  await fresh.reconciliation.reconcile();
  expect(search).not.toHaveBeenCalled();
  fresh.options.confirmedExpiryMs = 3_600_000;
  await fresh.reconciliation.reconcile();
  await fresh.reconciliation.reconcile();
  expect(search).toHaveBeenCalledTimes(1);
  await fresh.module.close();
  expect(await stored(id)).toMatchObject({ status: 'CONFIRMED' });
});

it('finds the oldest of many in batches, by the index of statuses', async () => {
  await Promise.all(times(300, () => place()));
  const repository = here.module.get(OrderExpiryRepository);
  const found = await eventually('all are late', async () => {
    const expired = await repository.find(EXPIRY_MS, 1_000);
    return expired.length >= 300 ? expired : undefined;
  });
  const ids = found.map(({ id }) => id);
  expect(ids).toEqual([...ids].sort());
  expect(await repository.find(EXPIRY_MS, 256)).toEqual(found.slice(0, 256));
  expect(await repository.find(3_600_000, 256)).toEqual([]);
});

it('reads the index of statuses in its order, so that it looks at no more than its limit', async () => {
  const plan = await here.module.get(Database).transaction(async (tx) => {
    await tx.query('set local enable_bitmapscan = off');
    const sql = SELECT_EXPIRED.replaceAll('$1', String(EXPIRY_MS)).replaceAll('$2', '256');
    return tx.query<{ 'QUERY PLAN': string }>(`explain ${sql}`);
  });
  const lines = plan.map((row) => row['QUERY PLAN']).join('\n');
  expect(lines).toContain('Index Scan using orders_by_status on orders');
  expect(lines).not.toMatch(/Sort|Bitmap|Seq Scan/);
});
