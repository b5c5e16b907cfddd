import { ClockService } from '../../apps/orders/src/clock/clock.service';
import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { PostgresModule } from '@app/postgres';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { silentLogger } from '../harness/silent-logger';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { ReservationClient } from '../../apps/orders/src/order/reservation.client';
import { type Call, CALL_BY_STATUS } from '../../apps/orders/src/order/lifecycle';
import type { NewOrder, Order, UnfinishedOrder } from '../../apps/orders/src/order/order';
import { ORDER_OPTIONS, type OrderOptions } from '../../apps/orders/src/order/order-options';
import { OrderProcessor } from '../../apps/orders/src/order/order-processor.service';
import { OrderReadRepository } from '../../apps/orders/src/order/order-read.repository';
import { OrderExpiryRepository } from '../../apps/orders/src/order/order-expiry.repository';
import { OrderReductionRepository } from '../../apps/orders/src/order/order-reduction.repository';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { OrderService } from '../../apps/orders/src/order/order.service';
import { decided, type Reply } from '../../apps/orders/src/order/reply';
import { FOR_ANY_CUSTOMER } from '../../apps/orders/src/order/requester';
import { ReconciliationService } from '../../apps/orders/src/order/reconciliation.service';

export type Behavior = (call: Call, order: Pick<Order, 'id'>) => Reply | Promise<Reply>;

export const HELD = decided('HELD');
export const NO_RESPONSE: Reply = { kind: 'noResponse', reason: 'DEADLINE_EXCEEDED' };
export const REJECTED: Reply = { kind: 'rejected', reason: 'INTERNAL' };
export const REPLIES = {
  create: HELD,
  reduce: HELD,
  release: decided('RELEASED'),
  commit: decided('COMMITTED'),
} as const satisfies Record<Call, Reply>;

/** An Inventory whose replies a test sets, shared by both instances. */
export class ScriptedInventory {
  behavior: Behavior = (call) => REPLIES[call];
  canCall = true;
  /** The calls in their order: "create 0193…". */
  readonly calls: string[] = [];

  create(order: Order): Promise<Reply> {
    return this.reply('create', order);
  }

  reduce(order: Order): Promise<Reply> {
    return this.reply('reduce', order);
  }

  release(order: Order): Promise<Reply> {
    return this.reply('release', order);
  }

  commit(order: Order): Promise<Reply> {
    return this.reply('commit', order);
  }

  callEach(orders: readonly UnfinishedOrder[]): Promise<Reply>[] {
    return orders.map((order) => this.reply(CALL_BY_STATUS[order.status], order));
  }

  private async reply(call: Call, order: Pick<Order, 'id'>): Promise<Reply> {
    this.calls.push(`${call} ${order.id}`);
    return this.behavior(call, order);
  }
}

export type Mutable<Options> = { -readonly [Name in keyof Options]: Options[Name] };

export interface Instance {
  readonly module: TestingModule;
  readonly service: OrderService;
  readonly reconciliation: ReconciliationService;
  readonly options: Mutable<OrderOptions>;
}

export const inventory = new ScriptedInventory();
export let database: TestDatabase;
export let here: Instance;
export let there: Instance;

export const instanceOn = async (url: string): Promise<Instance> => {
  const connection = { url, applicationName: 'test', poolSize: 5, timeoutMs: 10_000 };
  const options: OrderOptions = {
    parkAfterRefusals: 2,
    graceMs: 60_000,
    acceptWithinMs: 60_000,
    confirmedExpiryMs: 0,
    requestTimeoutMs: 60_000,
    onWritten: () => undefined,
  };
  const module = await Test.createTestingModule({
    imports: [PostgresModule.forApp({ ...connection, migrateOnStart: false }, ordersSchema)],
    providers: [
      ...[OrderService, OrderProcessor, OrderRepository, OrderReadRepository],
      ...[OrderReductionRepository, OrderExpiryRepository],
      ...[ReconciliationService, ClockService],
      { provide: ReservationClient, useValue: inventory },
      { provide: ORDER_OPTIONS, useValue: options },
    ],
  })
    .setLogger(silentLogger)
    .compile();
  const service = module.get(OrderService);
  return { module, service, reconciliation: module.get(ReconciliationService), options };
};

export const DEADLINE = new Date('2100-01-01');
export const request = (rest: Partial<NewOrder> = {}): Omit<NewOrder, 'id'> => ({
  ...{ userId: 'u', note: null, idempotencyKey: null },
  items: [{ sku: 'burger', quantity: 1 }],
  ...rest,
});
export const place = async (rest: Partial<NewOrder> = {}, at = here): Promise<Order> =>
  (await at.service.place(request(rest), DEADLINE, FOR_ANY_CUSTOMER)).order;

export const stored = async (id: string): Promise<Order> => here.service.get(id, FOR_ANY_CUSTOMER);
export const eventsOf = async (id: string): Promise<string[]> => {
  const rows = await database.query<{ event: string }>(
    'select event from order_event where order_id = $1 order by seq',
    [id],
  );
  return rows.map(({ event }) => event);
};

/** Sessions of the app with an open transaction. */
export const openTransactions = () =>
  database.query(
    `select pid from pg_stat_activity
      where datname = current_database() and application_name = 'test'
        and (state like 'idle in transaction%' or state = 'active')`,
  );

/** Holds the next call to Inventory until `release`. */
export const gate = () => {
  let arrive: (id: string) => void;
  let release = (): void => undefined;
  const arrived = new Promise<string>((resolve) => (arrive = resolve));
  const released = new Promise<void>((resolve) => (release = resolve));
  inventory.behavior = async (call, { id }) => {
    arrive(id);
    await released;
    return REPLIES[call];
  };
  return { arrived, release: () => release() };
};

/** Provides the tests of a file with a database and two instances of OrderService. */
export const useOrderServices = (): void => {
  beforeAll(async () => {
    database = await cloneDatabase('orders');
    here = await instanceOn(database.url);
    there = await instanceOn(database.url);
  });

  afterAll(async () => {
    await Promise.all([here.module.close(), there.module.close()]);
    await database.drop();
  });

  /** Makes the orders that earlier tests left unfinished due later. */
  beforeEach(async () => {
    inventory.behavior = (call) => REPLIES[call];
    inventory.canCall = true;
    for (const { options } of [here, there]) {
      Object.assign(options, { graceMs: 60_000, acceptWithinMs: 60_000, confirmedExpiryMs: 0 });
    }
    await database.query(
      `update orders set next_attempt_at = now() + interval '1 minute',
                        accept_by = case status when 'PENDING' then created_at + interval '1 day'
                                                else accept_by end
        where next_attempt_at is not null`,
    );
    inventory.calls.length = 0;
  });
};
