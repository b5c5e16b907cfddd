import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { PostgresModule } from '@app/postgres';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { silentLogger } from '../harness/silent-logger';
import { times } from '../harness/wait';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import {
  isUnfinished,
  newOrder,
  type NewOrder,
  type Order,
  type UnfinishedOrder,
} from '../../apps/orders/src/order/order';
import { UNFINISHED_STATUSES } from '../../apps/orders/src/order/lifecycle';
import { OrderReadRepository } from '../../apps/orders/src/order/order-read.repository';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { decided, type Reply } from '../../apps/orders/src/order/reply';
import { type OrderTransition, transitionFor } from '../../apps/orders/src/order/order-transition';

export let database: TestDatabase;
export let instance: TestingModule;
export let orders: OrderRepository;
export let reads: OrderReadRepository;

export const orderWith = (idempotencyKey: string | null = null, userId = 'u'): NewOrder =>
  newOrder({ userId, note: null, idempotencyKey, items: [{ sku: 'burger', quantity: 1 }] });

export const insert = async (
  graceMs: number,
  count = 1,
  acceptWithinMs = 60_000,
): Promise<Order[]> => {
  const created = times(count, () => orderWith());
  await orders.insert(created, graceMs, acceptWithinMs);
  return orders.findAll(created.map(({ id }) => id));
};

export const inserted = async (
  graceMs = 60_000,
  acceptWithinMs = 60_000,
): Promise<UnfinishedOrder> => {
  const [order] = await insert(graceMs, 1, acceptWithinMs);
  if (!order || !isUnfinished(order)) throw new Error('The order was not inserted as PENDING');
  return order;
};

export const SETTINGS = { parkAfterRefusals: 2, graceMs: 60_000 };
export const ATTEMPT = { actor: 'SYSTEM', durationMs: 7 } as const;

export const transitionOf = (order: UnfinishedOrder, reply: Reply): OrderTransition => {
  const transition = transitionFor(order, reply, ATTEMPT, SETTINGS);
  if (!transition) throw new Error('The reply leads to no transition');
  return transition;
};

export const shortages = [
  { sku: 'burger', requested: 1, available: 0, reason: 'NOT_ENOUGH' as const },
];
export const REJECTED = decided('REJECTED', shortages);
export const HELD = decided('HELD');
export const NO_RESPONSE: Reply = { kind: 'noResponse', reason: 'UNAVAILABLE' };

export const eventsOf = (id: string) =>
  database.query<{ seq: number; event: string; status: string }>(
    `select seq, event, status, actor, attempt, duration_ms as "durationMs", reason
       from order_event where order_id = $1 order by seq`,
    [id],
  );

const open = async (): Promise<void> => {
  database = await cloneDatabase('orders');
  const settings = { url: database.url, applicationName: 'test', poolSize: 5, timeoutMs: 10_000 };
  instance = await Test.createTestingModule({
    imports: [PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema)],
    providers: [OrderRepository, OrderReadRepository],
  })
    .setLogger(silentLogger)
    .compile();
  orders = instance.get(OrderRepository);
  reads = instance.get(OrderReadRepository);
};

const close = async (as?: 'broken'): Promise<void> => {
  await instance.close();
  await database.drop(as);
};

/** Provides each test of a file with an OrderRepository on a database of its own, which it may break. */
export const useBreakableOrders = (): void => {
  beforeEach(open);

  afterEach(() => close('broken'));
};

/** Provides the tests of a file with a database and an OrderRepository. */
export const useOrderRepository = (): void => {
  beforeAll(open);

  afterAll(() => close());

  /** Makes the orders that earlier tests left unfinished due later. */
  beforeEach(async () => {
    await database.query(
      `update orders set next_attempt_at = now() + interval '1 minute',
                        accept_by = created_at + interval '1 day'
        where next_attempt_at is not null`,
    );
  });
};

export const claim = (limit: number, leaseMs: number) =>
  orders.claimDue(UNFINISHED_STATUSES, limit, leaseMs);
export const claimed = async (limit = 10, leaseMs = 60_000) =>
  (await claim(limit, leaseMs)).map(({ id }) => id).sort();
