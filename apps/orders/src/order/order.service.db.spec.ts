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

type Behaviour = (call: Call, order: Pick<Order, 'id'>) => Reply | Promise<Reply>;

const HELD = decided('HELD');
const NO_RESPONSE: Reply = { kind: 'noResponse', reason: 'DEADLINE_EXCEEDED' };
const REFUSAL: Reply = { kind: 'rejected', reason: 'INTERNAL' };
const ANSWERS = {
  create: HELD,
  release: decided('RELEASED'),
  commit: decided('COMMITTED'),
} as const satisfies Record<Call, Reply>;

/** Inventory as a test wants it, for every instance. */
class ScriptedInventory {
  behaviour: Behaviour = (call) => ANSWERS[call];
  isAvailable = true;
  /** What it was asked, in that order: "create 0193…". */
  readonly asked: string[] = [];

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
    this.asked.push(`${call} ${order.id}`);
    return this.behaviour(call, order);
  }
}

type Mutable<Options> = { -readonly [Name in keyof Options]: Options[Name] };

interface Instance {
  readonly module: TestingModule;
  readonly service: OrderService;
  readonly settling: ReconciliationService;
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
  const [service, settling] = [module.get(OrderService), module.get(ReconciliationService)];
  return { module, service, settling, options };
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

/** What an earlier test has left unfinished is of no concern to the next. */
beforeEach(async () => {
  inventory.behaviour = (call) => ANSWERS[call];
  inventory.isAvailable = true;
  for (const { options } of [here, there]) {
    Object.assign(options, { graceMs: 60_000, acceptWithinMs: 60_000 });
  }
  await database.query(
    `update orders set next_attempt_at = 'infinity',
                      accept_by = case status when 'PENDING' then 'infinity' else accept_by end
      where next_attempt_at is not null`,
  );
  inventory.asked.length = 0;
});

const DEADLINE = new Date('2100-01-01');
const wanted = (rest: Partial<NewOrder> = {}): Omit<NewOrder, 'id'> => ({
  ...{ userId: 'u', note: null, idempotencyKey: null },
  items: [{ sku: 'burger', quantity: 1 }],
  ...rest,
});
const place = async (rest: Partial<NewOrder> = {}, at = here): Promise<Order> =>
  (await at.service.place(wanted(rest), DEADLINE)).order;

const stored = async (id: string): Promise<Order> => here.service.get(id);
const eventsOf = async (id: string): Promise<string[]> => {
  const rows = await database.query<{ event: string }>(
    'select event from order_event where order_id = $1 order by seq',
    [id],
  );
  return rows.map(({ event }) => event);
};

/** Sessions of the app that are inside a transaction. */
const openTransactions = () =>
  database.query(
    `select pid from pg_stat_activity
      where datname = current_database() and application_name = 'test'
        and (state like 'idle in transaction%' or state = 'active')`,
  );

/** Stops at the next call to Inventory; `letGo` answers it. */
const gate = () => {
  let arrive: (id: string) => void;
  let letGo = (): void => undefined;
  const arrived = new Promise<string>((resolve) => (arrive = resolve));
  const gone = new Promise<void>((resolve) => (letGo = resolve));
  inventory.behaviour = async (call, { id }) => {
    arrive(id);
    await gone;
    return ANSWERS[call];
  };
  return { arrived, letGo: () => letGo() };
};

describe('placing an order', () => {
  it('has written it for good when Inventory is asked, and holds nothing while it waits', async () => {
    const { arrived, letGo } = gate();
    const placing = place({ idempotencyKey: 'durable' });
    const id = await arrived;
    const rows = await database.query(`select status from orders where id = $1`, [id]);
    const open = await openTransactions();
    letGo();
    expect(rows).toEqual([{ status: 'PENDING' }]);
    expect(open).toEqual([]);
    expect(await placing).toMatchObject({ id, status: 'CONFIRMED' });
  });

  it.each([
    ['noResponse', NO_RESPONSE, ['PLACED', 'NO_ANSWER']],
    ['an error', REFUSAL, ['PLACED', 'REFUSED']],
    ['nothing asked', SKIPPED, ['PLACED']],
  ])('leaves it PENDING after %s: that is not a no', async (_what, reply, events) => {
    inventory.behaviour = () => reply;
    const { id, status } = await place();
    expect(status).toBe('PENDING');
    expect(await stored(id)).toMatchObject({ status: 'PENDING' });
    expect(await eventsOf(id)).toEqual(events);
  });

  it('leaves it to the reconciler when the decision cannot be written', async () => {
    const { arrived, letGo } = gate();
    const placing = place();
    const id = await arrived;
    await database.query(`alter table order_event rename to order_event_away`);
    letGo();
    const placed = await placing.catch(() => 'an error');
    await database.query(`alter table order_event_away rename to order_event`);
    expect(placed).toMatchObject({ id, status: 'PENDING' });
    expect(await stored(id)).toMatchObject({ status: 'PENDING' });
  });
});

describe('a repeated key', () => {
  it('is about the order that is there, whatever that has come to', async () => {
    const first = await place({ idempotencyKey: 'again' });
    const repeat = () => there.service.place(wanted({ idempotencyKey: 'again' }), DEADLINE);
    expect(await repeat()).toEqual({ isRepeated: true, order: await stored(first.id) });
    await here.service.cancel(first.id, DEADLINE);
    expect(await repeat()).toMatchObject({ order: { id: first.id, status: 'CANCELLED' } });
    expect(inventory.asked).toEqual([`create ${first.id}`, `release ${first.id}`]);
  });

  it('drives the order on where it is still PENDING', async () => {
    inventory.behaviour = () => NO_RESPONSE;
    const first = await place({ idempotencyKey: 'pending' });
    inventory.behaviour = () => HELD;
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
  ])('with %s is refused, and names the order', async (what, other) => {
    const first = await place({ idempotencyKey: what, items });
    const asked = inventory.asked.length;
    await expect(place({ idempotencyKey: what, ...other }, there)).rejects.toMatchObject({
      reason: 'IDEMPOTENCY_KEY_REUSED',
      metadata: { orderId: first.id },
    });
    expect(inventory.asked).toHaveLength(asked);
  });

  it('that customers share is each about their own order, also where they repeat it together', async () => {
    const users = times(5, (index) => `sharer-${index}`);
    const all = () =>
      Promise.all(users.map((userId) => place({ userId, idempotencyKey: 'shared-by-5' })));
    const first = await all();
    expect((await all()).map(({ id }) => id)).toEqual(first.map(({ id }) => id));
    expect(new Set(first.map(({ id }) => id)).size).toBe(5);
  });

  it('in 20 requests at once on two instances is one order, and all are told the same', async () => {
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
  it('that meet on two instances: one wins, the other is told, and Inventory is asked once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await place();
      inventory.asked.length = 0;
      const [cancelled, fulfilled] = await Promise.allSettled([
        here.service.cancel(id, DEADLINE),
        there.service.fulfill(id, DEADLINE),
      ]);
      const won = [cancelled, fulfilled].filter(({ status }) => status === 'fulfilled');
      expect(won).toHaveLength(1);
      const { status } = await stored(id);
      const isCancelled = cancelled.status === 'fulfilled';
      expect(status).toBe(isCancelled ? 'CANCELLED' : 'FULFILLED');
      expect(inventory.asked).toEqual([`${isCancelled ? 'release' : 'commit'} ${id}`]);
    }
  });

  it('a cancel that looked before somebody fulfilled the order looks again', async () => {
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
    // The rival wrote no event, and the databases are compared in the end.
    await database.query(
      `update orders set status = 'CONFIRMED', next_attempt_at = null where id = $1`,
      [id],
    );
  });

  it.each([
    ['cancel', 'COMMITTED', 'FULFILLED'],
    ['fulfill', 'RELEASED', 'CANCELLED'],
  ] as const)('a %s of what was %s by hand is refused', async (request, ended, orderStatus) => {
    const { id } = await place();
    inventory.behaviour = () => decided(ended);
    await expect(here.service[request](id, DEADLINE)).rejects.toMatchObject({
      reason: 'ORDER_STATE_CONFLICT',
      metadata: { orderId: id, orderStatus, allowed: [] },
    });
    expect(await stored(id)).toMatchObject({ status: orderStatus });
  });

  it('are written before Inventory is asked, so that a killed request is ended by the reconciler', async () => {
    const { id } = await place();
    const { arrived, letGo } = gate();
    const cancelling = here.service.cancel(id, DEADLINE);
    await arrived;
    const status = (await stored(id)).status;
    letGo();
    expect(status).toBe('CANCELLING');
    expect(await cancelling).toMatchObject({ status: 'CANCELLED' });
  });
});

describe('the reconciler', () => {
  const dueAtOnce = () => Object.assign(here.options, { graceMs: -1 });
  const settle = (at = here) => at.settling.reconcile();

  it('ends orders of every unfinished status', async () => {
    const held = [await place(), await place()];
    dueAtOnce();
    inventory.behaviour = () => SKIPPED;
    const { id: pending } = await place();
    const [{ id: cancelling }, { id: fulfilling }] = held as [Order, Order];
    await here.service.cancel(cancelling, DEADLINE);
    await here.service.fulfill(fulfilling, DEADLINE);
    inventory.behaviour = (call) => ANSWERS[call];
    await settle();
    const statuses = await Promise.all([pending, cancelling, fulfilling].map(stored));
    expect(statuses.map(({ status }) => status)).toEqual(['CONFIRMED', 'CANCELLED', 'FULFILLED']);
  });

  it('claims nothing while Inventory is known to be away', async () => {
    dueAtOnce();
    inventory.behaviour = () => SKIPPED;
    await place();
    inventory.asked.length = 0;
    inventory.isAvailable = false;
    expect(await settle()).toBe(false);
    expect(inventory.asked).toEqual([]);
  });

  it('gives an order up whose time to be accepted has passed: by a release, not at once', async () => {
    here.options.acceptWithinMs = -1;
    inventory.behaviour = () => NO_RESPONSE;
    const { id } = await place();
    inventory.isAvailable = false;
    await settle();
    expect(await stored(id)).toMatchObject({
      status: 'CANCELLING',
      cancelReason: 'ACCEPT_BY_PASSED',
    });
    inventory.isAvailable = true;
    inventory.behaviour = (call) => ANSWERS[call];
    await here.service.retry(id, DEADLINE);
    expect(await stored(id)).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'ACCEPT_BY_PASSED',
    });
    expect(inventory.asked.at(-1)).toBe(`release ${id}`);
  });

  it('takes its time where a whole batch is overdue and nothing can be written', async () => {
    here.options.acceptWithinMs = -1;
    inventory.behaviour = () => SKIPPED;
    inventory.isAvailable = false;
    await Promise.all(times(256, () => place()));
    await database.query(`alter table order_event rename to order_event_away`);
    const hasMore = await settle().finally(() =>
      database.query(`alter table order_event_away rename to order_event`),
    );
    expect(hasMore).toBe(false);
    expect(await settle()).toBe(true);
  });

  it('tries again what got no answer, and parks what is refused too often, until it is retried', async () => {
    dueAtOnce();
    inventory.behaviour = () => REFUSAL;
    const { id } = await place();
    expect((await stored(id)).parkedAt).toBeNull();
    await database.query(`update orders set next_attempt_at = now() where id = $1`, [id]);
    await settle();
    expect((await stored(id)).parkedAt).toBeInstanceOf(Date);
    inventory.asked.length = 0;
    await settle();
    expect(inventory.asked).toEqual([]);
    inventory.behaviour = (call) => ANSWERS[call];
    expect(await here.service.retry(id, DEADLINE)).toMatchObject({ status: 'CONFIRMED' });
    expect(await eventsOf(id)).toEqual(['PLACED', 'REFUSED', 'PARKED', 'RETRIED', 'CONFIRMED']);
  });

  it('of two instances drives each order once', async () => {
    dueAtOnce();
    inventory.behaviour = () => SKIPPED;
    const placed = await Promise.all(times(30, () => place()));
    inventory.asked.length = 0;
    inventory.behaviour = (call) => ANSWERS[call];
    await Promise.all([settle(here), settle(there), settle(here), settle(there)]);
    expect([...inventory.asked].sort()).toEqual(placed.map(({ id }) => `create ${id}`).sort());
  });

  it('drops an answer whose order somebody has moved meanwhile, and goes on with the others', async () => {
    dueAtOnce();
    inventory.behaviour = () => SKIPPED;
    const [moved, other] = [await place(), await place()];
    // Somebody else is first with the one while Inventory is asked.
    inventory.behaviour = (call, { id }) =>
      call === 'create' && id === moved.id
        ? there.service.cancel(id, DEADLINE).then(() => HELD)
        : ANSWERS[call];
    await settle();
    expect(await stored(moved.id)).toMatchObject({ status: 'CANCELLED' });
    expect(await stored(other.id)).toMatchObject({ status: 'CONFIRMED' });
  });
});

it('a retry of an order that has come to rest is refused', async () => {
  const { id } = await place();
  await expect(here.service.retry(id, DEADLINE)).rejects.toMatchObject({
    reason: 'ORDER_STATE_CONFLICT',
    metadata: { orderStatus: 'CONFIRMED', allowed: ['cancel', 'fulfill'] },
  });
});
