import { Test } from '@nestjs/testing';
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
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { decided, type Reply } from '../../apps/orders/src/order/reply';
import {
  type Actor,
  requestedTransition,
  type OrderTransition,
  transitionFor,
} from '../../apps/orders/src/order/order-transition';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { type InventoryInstance, startInventoryPair } from './inventory-pair';
import { silentLogger } from '../harness/silent-logger';

const SETTINGS = { parkAfterRefusals: 2, graceMs: 60_000 };
const ACCEPT_WITHIN_MS = 60_000;

/**
 * Both apps' own rules and SQL in the test's process, without a wire between them: a test says when
 * each call is made, and when what it led to is written.
 */
export interface OrderLives {
  readonly orders: TestDatabase;
  readonly inventory: TestDatabase;
  readonly apps: InventoryInstance;
  place(order: Partial<NewOrder>): Promise<Order>;
  find(id: string): Promise<Order>;
  /** Makes the call that drives an order on, without writing what it leads to. */
  call(order: Order): Promise<Reply>;
  /** Writes what a reply leads to. */
  follow(order: Order, reply: Reply): Promise<Order>;
  /** Makes the call, and writes what it leads to. */
  drive(order: Order): Promise<Order>;
  ask(order: Order, request: 'cancel' | 'fulfil', actor?: Actor): Promise<Order>;
  record(transition: OrderTransition): Promise<Order>;
  /** Ends both apps and leaves the databases as they are. */
  disconnect(): Promise<void>;
}

export const startOrderLives = async (): Promise<OrderLives> => {
  const database = await cloneDatabase('orders');
  const pair = await startInventoryPair();
  const { reservations } = pair.here;
  const module = await Test.createTestingModule({
    imports: [
      PostgresModule.forApp(
        {
          url: database.url,
          applicationName: 'test',
          poolSize: 5,
          timeoutMs: 10_000,
          migrateOnStart: false,
        },
        ordersSchema,
      ),
    ],
    providers: [OrderRepository],
  })
    .setLogger(silentLogger)
    .compile();
  const repository = module.get(OrderRepository);

  const find = async (id: string): Promise<Order> => {
    const [order] = await repository.find([id]);
    if (!order) throw new Error(`There is no order ${id}`);
    return order;
  };
  const record = async (transition: OrderTransition): Promise<Order> => {
    await repository.record([transition]);
    return find(transition.id);
  };
  const call = (order: Order): Promise<Reply> => {
    if (!isUnfinished(order)) throw new Error(`No call drives ${order.status} on`);
    const made = CALL_BY_STATUS[order.status];
    return replyOf(
      made === 'create' ? reservations.create(order.id, order.items) : reservations[made](order.id),
    );
  };
  const follow = async (order: Order, reply: Reply): Promise<Order> => {
    const attempt = { actor: 'SETTLER', durationMs: 7 } as const;
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
    follow,
    drive: async (order) => follow(order, await call(order)),
    place: async (wanted) => {
      const order = newOrder({ ...ORDINARY, ...wanted });
      await repository.insert([{ ...order, ...wanted }], SETTINGS.graceMs, ACCEPT_WITHIN_MS);
      return find(wanted.id ?? order.id);
    },
    ask: async (order, request, actor = 'CUSTOMER') => {
      const to = TRANSITIONS_ON_REQUEST[request][order.status];
      if (to === 'rejected') throw new Error(`${order.status} rules out ${request}`);
      return record(requestedTransition(order, to, actor, SETTINGS));
    },
    disconnect: async () => {
      await module.close();
      await pair.disconnect();
    },
  };
};

const ORDINARY = {
  userId: 'u',
  note: null,
  idempotencyKey: null,
  items: [{ sku: 'burger', quantity: 1 }],
};

/** What Orders hears of a call, as the wire would have it. */
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
