import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { PostgresModule } from '@app/postgres';
import { cloneDatabase, type TestDatabase } from '../../../../test/harness/databases';
import { awaitBlockedSession } from '../../../../test/db/in-process-inventories';
import { silentLogger } from '../../../../test/harness/silent-logger';
import { times } from '../../../../test/harness/wait';
import { ordersSchema } from '../database/orders.schema';
import { ReservationClient } from './reservation.client';
import { type Call, CALL_BY_STATUS } from './lifecycle';
import type { NewOrder, Order, UnfinishedOrder } from './order';
import { ORDER_OPTIONS, type OrderOptions } from './order-options';
import { OrderProcessor } from './order-processor.service';
import { OrderRepository } from './order.repository';
import { OrderService } from './order.service';
import { decided, type Reply, SKIPPED } from './reply';
import { ReconciliationService } from './reconciliation.service';

type Behavior = (call: Call, order: Pick<Order, 'id'>) => Reply | Promise<Reply>;

const HELD = decided('HELD');
const NO_RESPONSE: Reply = { kind: 'noResponse', reason: 'DEADLINE_EXCEEDED' };
const REJECTED: Reply = { kind: 'rejected', reason: 'INTERNAL' };
const REPLIES = {
  create: HELD,
  release: decided('RELEASED'),
  commit: decided('COMMITTED'),
} as const satisfies Record<Call, Reply>;

/** An Inventory whose replies a test sets, shared by both instances. */
class ScriptedInventory {
  behavior: Behavior = (call) => REPLIES[call];
  isAvailable = true;
  /** The calls in their order: "create 0193…". */
  readonly calls: string[] = [];

  create(order: Order): Promise<Reply> {
    return this.reply('create', order);
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

type Mutable<Options> = { -readonly [Name in keyof Options]: Options[Name] };

interface Instance {
  readonly module: TestingModule;
  readonly service: OrderService;
  readonly reconciliation: ReconciliationService;
  readonly options: Mutable<OrderOptions>;
}

const inventory = new ScriptedInventory();
let database: TestDatabase;
let here: Instance;
let there: Instance;

const instanceOn = async (url: string): Promise<Instance> => {
  const connection = { url, applicationName: 'test', poolSize: 5, timeoutMs: 10_000 };
  const options: OrderOptions = {
    parkAfterRefusals: 2,
    graceMs: 60_000,
    acceptWithinMs: 60_000,
    requestTimeoutMs: 60_000,
    onWritten: () => undefined,
  };
  const module = await Test.createTestingModule({
    imports: [PostgresModule.forApp({ ...connection, migrateOnStart: false }, ordersSchema)],
    providers: [
      ...[OrderService, OrderProcessor, OrderRepository, ReconciliationService],
      { provide: ReservationClient, useValue: inventory },
      { provide: ORDER_OPTIONS, useValue: options },
    ],
  })
    .setLogger(silentLogger)
    .compile();
  const service = module.get(OrderService);
  return { module, service, reconciliation: module.get(ReconciliationService), options };
};

beforeAll(async () => {
  database = await cloneDatabase('orders');
  here = await instanceOn(database.url);
  there = await instanceOn(database.url);
});

afterAll(async () => {
  await Promise.all([here.module.close(), there.module.close()]);
  await database.drop();
});

/** Makes the orders that earlier tests left unfinished never due. */
beforeEach(async () => {
  inventory.behavior = (call) => REPLIES[call];
  inventory.isAvailable = true;
  for (const { options } of [here, there]) {
    Object.assign(options, { graceMs: 60_000, acceptWithinMs: 60_000 });
  }
  await database.query(
    `update orders set next_attempt_at = 'infinity',
                      accept_by = case status when 'PENDING' then 'infinity' else accept_by end
      where next_attempt_at is not null`,
  );
  inventory.calls.length = 0;
});

const DEADLINE = new Date('2100-01-01');
const request = (rest: Partial<NewOrder> = {}): Omit<NewOrder, 'id'> => ({
  ...{ userId: 'u', note: null, idempotencyKey: null },
  items: [{ sku: 'burger', quantity: 1 }],
  ...rest,
});
const place = async (rest: Partial<NewOrder> = {}, at = here): Promise<Order> =>
  (await at.service.place(request(rest), DEADLINE)).order;

const stored = async (id: string): Promise<Order> => here.service.get(id);
const eventsOf = async (id: string): Promise<string[]> => {
  const rows = await database.query<{ event: string }>(
    'select event from order_event where order_id = $1 order by seq',
    [id],
  );
  return rows.map(({ event }) => event);
};

/** Sessions of the app with an open transaction. */
const openTransactions = () =>
  database.query(
    `select pid from pg_stat_activity
      where datname = current_database() and application_name = 'test'
        and (state like 'idle in transaction%' or state = 'active')`,
  );

/** Holds the next call to Inventory until `release`. */
const gate = () => {
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

describe('placing an order', () => {
  it('commits the order before it calls Inventory, and has no open transaction during the call', async () => {
    const { arrived, release } = gate();
    const placing = place({ idempotencyKey: 'durable' });
    const id = await arrived;
    const rows = await database.query(`select status from orders where id = $1`, [id]);
    const open = await openTransactions();
    release();
    expect(rows).toEqual([{ status: 'PENDING' }]);
    expect(open).toEqual([]);
    expect(await placing).toMatchObject({ id, status: 'CONFIRMED' });
  });

  it.each([
    ['no response', NO_RESPONSE, ['PLACED', 'NO_ANSWER']],
    ['an error', REJECTED, ['PLACED', 'REFUSED']],
    ['a skipped call', SKIPPED, ['PLACED']],
  ])('leaves the order PENDING after %s', async (_what, reply, events) => {
    inventory.behavior = () => reply;
    const { id, status } = await place();
    expect(status).toBe('PENDING');
    expect(await stored(id)).toMatchObject({ status: 'PENDING' });
    expect(await eventsOf(id)).toEqual(events);
  });

  it('leaves the order to the reconciler if the decision cannot be written', async () => {
    const { arrived, release } = gate();
    const placing = place();
    const id = await arrived;
    await database.query(`alter table order_event rename to order_event_renamed`);
    release();
    const placed = await placing.catch(() => 'an error');
    await database.query(`alter table order_event_renamed rename to order_event`);
    expect(placed).toMatchObject({ id, status: 'PENDING' });
    expect(await stored(id)).toMatchObject({ status: 'PENDING' });
  });
});

describe('a repeated key', () => {
  it('returns the order of the key in its current status', async () => {
    const first = await place({ idempotencyKey: 'again' });
    const repeat = () => there.service.place(request({ idempotencyKey: 'again' }), DEADLINE);
    expect(await repeat()).toEqual({ isRepeated: true, order: await stored(first.id) });
    await here.service.cancel(first.id, DEADLINE);
    expect(await repeat()).toMatchObject({ order: { id: first.id, status: 'CANCELLED' } });
    expect(inventory.calls).toEqual([`create ${first.id}`, `release ${first.id}`]);
  });

  it('advances an order that is still PENDING', async () => {
    inventory.behavior = () => NO_RESPONSE;
    const first = await place({ idempotencyKey: 'pending' });
    inventory.behavior = () => HELD;
    expect(await place({ idempotencyKey: 'pending' }, there)).toMatchObject({
      id: first.id,
      status: 'CONFIRMED',
    });
  });

  const items = [
    { sku: 'a', quantity: 1 },
    { sku: 'b', quantity: 2 },
  ];
  it.each<[string, Partial<NewOrder>]>([
    [
      'another quantity',
      {
        items: [
          { sku: 'a', quantity: 1 },
          { sku: 'b', quantity: 3 },
        ],
      },
    ],
    [
      'another SKU',
      {
        items: [
          { sku: 'a', quantity: 1 },
          { sku: 'c', quantity: 2 },
        ],
      },
    ],
    ['fewer items', { items: items.slice(0, 1) }],
    ['more items', { items: [...items, { sku: 'c', quantity: 1 }] }],
    ['another note', { items, note: 'hot' }],
  ])('with %s is rejected, with the id of the order', async (what, other) => {
    const first = await place({ idempotencyKey: what, items });
    const calls = inventory.calls.length;
    await expect(place({ idempotencyKey: what, ...other }, there)).rejects.toMatchObject({
      reason: 'IDEMPOTENCY_KEY_REUSED',
      metadata: { orderId: first.id },
    });
    expect(inventory.calls).toHaveLength(calls);
  });

  it('of several customers belongs to an order of each, also if they repeat it at the same time', async () => {
    const users = times(5, (index) => `customer-${index}`);
    const all = () =>
      Promise.all(users.map((userId) => place({ userId, idempotencyKey: 'shared-by-5' })));
    const first = await all();
    expect((await all()).map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(new Set(first.map(({ id }) => id)).size).toBe(5);
  });

  it('in 20 simultaneous requests to two instances places one order, which all of them return', async () => {
    const placed = await Promise.all(
      times(20, (index) => place({ idempotencyKey: 'crowd' }, index % 2 ? here : there)),
    );
    expect(new Set(placed.map(({ id, status }) => `${id} ${status}`)).size).toBe(1);
    const rows = await database.query(`select from orders where idempotency_key = 'crowd'`);
    expect(rows).toHaveLength(1);
    expect(await eventsOf(placed[0]?.id ?? '')).toEqual(['PLACED', 'CONFIRMED']);
  });
});

describe('a cancel and a fulfill', () => {
  it('that race on two instances: one succeeds, the other is rejected, and Inventory gets one call', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await place();
      inventory.calls.length = 0;
      const [cancelled, fulfilled] = await Promise.allSettled([
        here.service.cancel(id, DEADLINE),
        there.service.fulfill(id, DEADLINE),
      ]);
      const won = [cancelled, fulfilled].filter(({ status }) => status === 'fulfilled');
      expect(won).toHaveLength(1);
      const { status } = await stored(id);
      const isCancelled = cancelled.status === 'fulfilled';
      expect(status).toBe(isCancelled ? 'CANCELLED' : 'FULFILLED');
      expect(inventory.calls).toEqual([`${isCancelled ? 'release' : 'commit'} ${id}`]);
    }
  });

  it('a cancel that read the order before it was fulfilled reads it again', async () => {
    const { id } = await place();
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query(
      `update orders set status = 'FULFILLING', next_attempt_at = 'infinity' where id = $1`,
      [id],
    );
    const cancelling = here.service.cancel(id, DEADLINE);
    await awaitBlockedSession(database);
    await rival.query('commit');
    await expect(cancelling).rejects.toMatchObject({
      reason: 'ORDER_STATE_CONFLICT',
      metadata: { orderId: id, orderStatus: 'FULFILLING', allowed: [] },
    });
    // The rival wrote no event, which the checks at the end would find.
    await database.query(
      `update orders set status = 'CONFIRMED', next_attempt_at = null where id = $1`,
      [id],
    );
  });

  it.each([
    ['cancel', 'COMMITTED', 'FULFILLED'],
    ['fulfill', 'RELEASED', 'CANCELLED'],
  ] as const)(
    'a %s is rejected if the reservation was %s by hand',
    async (request, ended, orderStatus) => {
      const { id } = await place();
      inventory.behavior = () => decided(ended);
      await expect(here.service[request](id, DEADLINE)).rejects.toMatchObject({
        reason: 'ORDER_STATE_CONFLICT',
        metadata: { orderId: id, orderStatus, allowed: [] },
      });
      expect(await stored(id)).toMatchObject({ status: orderStatus });
    },
  );

  it('are written before Inventory is called, so that the reconciler can finish them', async () => {
    const { id } = await place();
    const { arrived, release } = gate();
    const cancelling = here.service.cancel(id, DEADLINE);
    await arrived;
    const status = (await stored(id)).status;
    release();
    expect(status).toBe('CANCELLING');
    expect(await cancelling).toMatchObject({ status: 'CANCELLED' });
  });
});

describe('the reconciler', () => {
  const dueAtOnce = () => Object.assign(here.options, { graceMs: -1 });
  const reconcile = (at = here) => at.reconciliation.reconcile();

  it('finishes orders of every unfinished status', async () => {
    const held = [await place(), await place()];
    dueAtOnce();
    inventory.behavior = () => SKIPPED;
    const { id: pending } = await place();
    const [{ id: cancelling }, { id: fulfilling }] = held as [Order, Order];
    await here.service.cancel(cancelling, DEADLINE);
    await here.service.fulfill(fulfilling, DEADLINE);
    inventory.behavior = (call) => REPLIES[call];
    await reconcile();
    const statuses = await Promise.all([pending, cancelling, fulfilling].map(stored));
    expect(statuses.map(({ status }) => status)).toEqual(['CONFIRMED', 'CANCELLED', 'FULFILLED']);
  });

  it('claims nothing while Inventory is unavailable', async () => {
    dueAtOnce();
    inventory.behavior = () => SKIPPED;
    await place();
    inventory.calls.length = 0;
    inventory.isAvailable = false;
    expect(await reconcile()).toBe(false);
    expect(inventory.calls).toEqual([]);
  });

  it('cancels an order whose accept-by time has passed, by a release', async () => {
    here.options.acceptWithinMs = -1;
    inventory.behavior = () => NO_RESPONSE;
    const { id } = await place();
    inventory.isAvailable = false;
    await reconcile();
    expect(await stored(id)).toMatchObject({
      status: 'CANCELLING',
      cancelReason: 'ACCEPT_BY_PASSED',
    });
    inventory.isAvailable = true;
    inventory.behavior = (call) => REPLIES[call];
    await here.service.retry(id, DEADLINE);
    expect(await stored(id)).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'ACCEPT_BY_PASSED',
    });
    expect(inventory.calls.at(-1)).toBe(`release ${id}`);
  });

  it('pauses if a whole batch is overdue and no write succeeds', async () => {
    here.options.acceptWithinMs = -1;
    inventory.behavior = () => SKIPPED;
    inventory.isAvailable = false;
    await Promise.all(times(256, () => place()));
    await database.query(`alter table order_event rename to order_event_renamed`);
    const hasMore = await reconcile().finally(() =>
      database.query(`alter table order_event_renamed rename to order_event`),
    );
    expect(hasMore).toBe(false);
    expect(await reconcile()).toBe(true);
  });

  it('parks an order after too many rejections, until it is retried', async () => {
    dueAtOnce();
    inventory.behavior = () => REJECTED;
    const { id } = await place();
    expect((await stored(id)).parkedAt).toBeNull();
    await database.query(`update orders set next_attempt_at = now() where id = $1`, [id]);
    await reconcile();
    expect((await stored(id)).parkedAt).toBeInstanceOf(Date);
    inventory.calls.length = 0;
    await reconcile();
    expect(inventory.calls).toEqual([]);
    inventory.behavior = (call) => REPLIES[call];
    expect(await here.service.retry(id, DEADLINE)).toMatchObject({ status: 'CONFIRMED' });
    expect(await eventsOf(id)).toEqual(['PLACED', 'REFUSED', 'PARKED', 'RETRIED', 'CONFIRMED']);
  });

  it('of two instances advances each order once', async () => {
    dueAtOnce();
    inventory.behavior = () => SKIPPED;
    const placed = await Promise.all(times(30, () => place()));
    inventory.calls.length = 0;
    inventory.behavior = (call) => REPLIES[call];
    await Promise.all([reconcile(here), reconcile(there), reconcile(here), reconcile(there)]);
    expect([...inventory.calls].sort()).toEqual(placed.map(({ id }) => `create ${id}`).sort());
  });

  it('drops the reply for an order that has moved meanwhile, and advances the others', async () => {
    dueAtOnce();
    inventory.behavior = () => SKIPPED;
    const [moved, other] = [await place(), await place()];
    // A cancel on the other instance comes first for one of the orders.
    inventory.behavior = (call, { id }) =>
      call === 'create' && id === moved.id
        ? there.service.cancel(id, DEADLINE).then(() => HELD)
        : REPLIES[call];
    await reconcile();
    expect(await stored(moved.id)).toMatchObject({ status: 'CANCELLED' });
    expect(await stored(other.id)).toMatchObject({ status: 'CONFIRMED' });
  });
});

it('a retry of an order that is not unfinished is rejected', async () => {
  const { id } = await place();
  await expect(here.service.retry(id, DEADLINE)).rejects.toMatchObject({
    reason: 'ORDER_STATE_CONFLICT',
    metadata: { orderStatus: 'CONFIRMED', allowed: ['cancel', 'fulfill'] },
  });
});
