import { Test, type TestingModule } from '@nestjs/testing';
import type { LineDto } from '@app/contracts';
import { ServiceError } from '@app/errors';
import { PostgresModule } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import {
  type ReservationOutcome,
  CALL_BY_STATUS,
  TRANSITIONS_ON_REQUEST,
} from '../../apps/orders/src/order/lifecycle';
import {
  isUnfinished,
  newOrder,
  type NewOrder,
  type Order,
} from '../../apps/orders/src/order/order';
import type { Actor } from '../../apps/orders/src/order/order-event';
import { OrderReductionRepository } from '../../apps/orders/src/order/order-reduction.repository';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { decided, type Reply } from '../../apps/orders/src/order/reply';
import {
  requestedTransition,
  type OrderTransition,
  transitionFor,
} from '../../apps/orders/src/order/order-transition';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { type InventoryInstance, startInProcessInventories } from './in-process-inventories';
import { silentLogger } from '../harness/silent-logger';

const SETTINGS = { parkAfterRefusals: 2, graceMs: 60_000 };
const ACCEPT_WITHIN_MS = 60_000;

/**
 * The rules and the SQL of both apps in this process, without a network between them. A test decides when
 * each call is made and when its result is written.
 */
export interface OrderFlow {
  readonly orders: TestDatabase;
  readonly inventory: TestDatabase;
  readonly apps: InventoryInstance;
  place(order: Partial<NewOrder>): Promise<Order>;
  find(id: string): Promise<Order>;
  /** Makes the next call for an order, without writing the result. */
  call(order: Order): Promise<Reply>;
  /** Writes the result of a reply. */
  apply(order: Order, reply: Reply): Promise<Order>;
  /** Makes the next call and writes its result. */
  advance(order: Order): Promise<Order>;
  request(order: Order, request: 'cancel' | 'fulfill', actor?: Actor): Promise<Order>;
  /** Writes a reduction, without its call. */
  reduce(order: Order, kept: readonly LineDto[]): Promise<Order>;
  record(transition: OrderTransition): Promise<Order>;
  /** Closes both apps and keeps the databases. */
  disconnect(): Promise<void>;
}

export const startOrderFlow = async (): Promise<OrderFlow> => {
  const database = await cloneDatabase('orders');
  const pair = await startInProcessInventories();
  const { reservations } = pair.here;
  const module = await ordersModule(database.url);
  const repository = module.get(OrderRepository);

  const find = async (id: string): Promise<Order> => {
    const order = await repository.find(id);
    if (!order) throw new Error(`There is no order ${id}`);
    return order;
  };
  const record = async (transition: OrderTransition): Promise<Order> => {
    await repository.record([transition]);
    return find(transition.id);
  };
  const call = (order: Order): Promise<Reply> => {
    if (!isUnfinished(order)) throw new Error(`There is no call for ${order.status}`);
    const method = CALL_BY_STATUS[order.status];
    return replyOf(
      method === 'create' || method === 'reduce'
        ? reservations[method](order.id, order.items)
        : reservations[method](order.id),
    );
  };
  const apply = async (order: Order, reply: Reply): Promise<Order> => {
    const attempt = { actor: 'SYSTEM', durationMs: 7 } as const;
    const transition = isUnfinished(order)
      ? transitionFor(order, reply, attempt, SETTINGS)
      : undefined;
    return transition ? record(transition) : order;
  };
  return {
    orders: database,
    inventory: pair.database,
    apps: pair.here,
    find,
    record,
    call,
    apply,
    advance: async (order) => apply(order, await call(order)),
    place: async (wanted) => {
      const order = newOrder({ ...DEFAULT_ORDER, ...wanted });
      await repository.insert([{ ...order, ...wanted }], SETTINGS.graceMs, ACCEPT_WITHIN_MS);
      return find(wanted.id ?? order.id);
    },
    request: async (order, request, actor = 'CUSTOMER') => {
      const to = TRANSITIONS_ON_REQUEST[request][order.status];
      if (to === 'notAllowed') throw new Error(`${order.status} does not allow ${request}`);
      return record(requestedTransition(order, to, actor, SETTINGS));
    },
    reduce: async (order, kept) => {
      const transition = requestedTransition(order, 'REDUCING', 'CUSTOMER', SETTINGS);
      await module.get(OrderReductionRepository).record(transition, order, kept);
      return find(order.id);
    },
    disconnect: async () => {
      await module.close();
      await pair.disconnect();
    },
  };
};

/** Orders' repository in this process. */
const ordersModule = (url: string): Promise<TestingModule> => {
  const settings = { url, applicationName: 'test', poolSize: 5, timeoutMs: 10_000 };
  return Test.createTestingModule({
    imports: [PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema)],
    providers: [OrderRepository, OrderReductionRepository],
  })
    .setLogger(silentLogger)
    .compile();
};

const DEFAULT_ORDER = {
  userId: 'u',
  note: null,
  idempotencyKey: null,
  items: [{ sku: 'burger', quantity: 1 }],
};

/** Returns the reply as Orders gets it over gRPC. */
const replyOf = async (
  called: ReturnType<InventoryInstance['reservations']['create']>,
): Promise<Reply> => {
  try {
    const { state, shortages } = await called;
    return decided(state, shortages);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { reason, metadata } = error;
    return decided(
      (reason === 'RESERVATION_ENDED' ? metadata.state : reason) as ReservationOutcome,
    );
  }
};
