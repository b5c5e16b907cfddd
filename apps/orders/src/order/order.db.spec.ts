import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { PostgresModule } from '@app/postgres';
import { cloneDatabase, type TestDatabase } from '../../../../test/harness/databases';
import { awaitBlockedSession } from '../../../../test/db/in-process-inventories';
import { silentLogger } from '../../../../test/harness/silent-logger';
import { times } from '../../../../test/harness/wait';
import { ordersSchema } from '../database/orders.schema';
import { isUnfinished, newOrder, type NewOrder, type Order, type UnfinishedOrder } from './order';
import { OrderRepository } from './order.repository';
import { decided, type Reply } from './reply';
import {
  requestedTransition,
  retryTransition,
  type OrderTransition,
  transitionFor,
} from './order-transition';

let database: TestDatabase;
let instance: TestingModule;
let orders: OrderRepository;

beforeAll(async () => {
  database = await cloneDatabase('orders');
  const settings = { url: database.url, applicationName: 'test', poolSize: 5, timeoutMs: 10_000 };
  instance = await Test.createTestingModule({
    imports: [PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema)],
    providers: [OrderRepository],
  })
    .setLogger(silentLogger)
    .compile();
  orders = instance.get(OrderRepository);
});

afterAll(async () => {
  await instance.close();
  await database.drop();
});

/** What an earlier test has left unfinished is of no concern to the next. */
beforeEach(async () => {
  await database.query(
    `update orders set next_attempt_at = 'infinity', accept_by = 'infinity'
      where next_attempt_at is not null`,
  );
});

const wanted = (idempotencyKey: string | null = null, userId = 'u'): NewOrder =>
  newOrder({ userId, note: null, idempotencyKey, items: [{ sku: 'burger', quantity: 1 }] });

const insert = async (graceMs: number, count = 1, acceptWithinMs = 60_000): Promise<Order[]> => {
  const made = times(count, () => wanted());
  await orders.insert(made, graceMs, acceptWithinMs);
  return orders.findAll(made.map(({ id }) => id));
};

const inserted = async (graceMs = 60_000, acceptWithinMs = 60_000): Promise<UnfinishedOrder> => {
  const [order] = await insert(graceMs, 1, acceptWithinMs);
  if (!order || !isUnfinished(order)) throw new Error('It was not inserted as PENDING');
  return order;
};

const SETTINGS = { parkAfterRefusals: 2, graceMs: 60_000 };
const MADE = { actor: 'SYSTEM', durationMs: 7 } as const;

const transitionOf = (order: UnfinishedOrder, reply: Reply): OrderTransition => {
  const transition = transitionFor(order, reply, MADE, SETTINGS);
  if (!transition) throw new Error('The reply leads to no transition');
  return transition;
};

const shortages = [{ sku: 'burger', requested: 1, available: 0, reason: 'NOT_ENOUGH' as const }];
const REJECTED = decided('REJECTED', shortages);
const HELD = decided('HELD');
const NO_RESPONSE: Reply = { kind: 'noResponse', reason: 'UNAVAILABLE' };

const eventsOf = (id: string) =>
  database.query<{ seq: number; event: string; status: string }>(
    `select seq, event, status, actor, attempt, duration_ms as "durationMs", reason
       from order_event where order_id = $1 order by seq`,
    [id],
  );

describe('placing an order', () => {
  it('writes it with its items and the first event', async () => {
    const order = await inserted();
    expect(order).toMatchObject({ status: 'PENDING', items: [{ sku: 'burger', quantity: 1 }] });
    expect(await eventsOf(order.id)).toMatchObject([
      { seq: 1, event: 'PLACED', status: 'PENDING' },
    ]);
  });

  it('writes one order for a key, whoever comes second, and be it in the same group', async () => {
    const [first, second, third] = [wanted('k'), wanted('k'), wanted('k')];
    const created = await orders.insert([first, second], 0, 60_000);
    expect([...created.keys()]).toEqual([first.id]);
    expect((await orders.insert([third], 0, 60_000)).size).toBe(0);
    expect(await orders.findByKeys([third])).toMatchObject([{ id: first.id }]);
    expect(await orders.findAll([second.id, third.id])).toEqual([]);
  });

  it('lets another customer use the same key, and anybody do without one', async () => {
    const made = [wanted('shared', 'a'), wanted('shared', 'b'), wanted(), wanted()];
    expect((await orders.insert(made, 60_000, 60_000)).size).toBe(4);
  });

  it('never writes two under one key, nor blocks for good, when instances meet at the same keys', async () => {
    const keys = times(20, (index) => `meet-${index}`);
    const groups = times(6, (index) =>
      (index % 2 ? keys : [...keys].reverse()).map((k) => wanted(k)),
    );
    const created = await Promise.all(groups.map((group) => orders.insert(group, 60_000, 60_000)));
    expect(created.reduce((sum, { size }) => sum + size, 0)).toBe(keys.length);
  });

  it('takes keys in their order: while it waits for the first, it holds none of the others', async () => {
    const [first, ...others] = times(20, (index) => `ordered-${index + 10}`);
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query(
      `insert into orders (id, user_id, idempotency_key, status, next_attempt_at, accept_by, last_seq)
       values ($1, 'u', $2, 'PENDING', now(), now(), 1)`,
      [wanted().id, first],
    );
    const lastFirst = [...others.toReversed(), first].map((key) => wanted(key));
    const waiting = orders.insert(lastFirst, 60_000, 60_000);
    await awaitBlockedSession(database);
    const made = others.map((key) => wanted(key));
    expect((await orders.insert(made, 60_000, 60_000)).size).toBe(others.length);
    await rival.query('rollback');
    expect([...(await waiting).keys()]).toEqual([lastFirst.at(-1)?.id]);
  });
});

describe('a transition', () => {
  it('is made once: whoever comes second changes nothing', async () => {
    const order = await inserted();
    const first = await orders.record([transitionOf(order, HELD)]);
    const second = await orders.record([transitionOf(order, REJECTED)]);
    expect([...first.keys()]).toEqual([order.id]);
    expect([...second.keys()]).toEqual([]);
    expect(await orders.findAll([order.id])).toMatchObject([
      { status: 'CONFIRMED', shortages: [] },
    ]);
    expect(await eventsOf(order.id)).toMatchObject([
      { seq: 1, event: 'PLACED' },
      { seq: 2, event: 'CONFIRMED', actor: 'SYSTEM', attempt: 1, durationMs: 7, reason: 'HELD' },
    ]);
  });

  it('is made together with those of other orders, each to its own end', async () => {
    const [left, right] = [await inserted(), await inserted()];
    await orders.record([transitionOf(left, HELD), transitionOf(right, REJECTED)]);
    expect(await orders.findAll([left.id])).toMatchObject([{ status: 'CONFIRMED' }]);
    expect(await orders.findAll([right.id])).toMatchObject([
      { status: 'CANCELLED', cancelReason: 'INSUFFICIENT_STOCK', shortages },
    ]);
  });

  it('that waits for a rival sees what the rival wrote', async () => {
    const order = await inserted();
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query(
      `update orders set status = 'CONFIRMED', next_attempt_at = null where id = $1`,
      [order.id],
    );
    const waiting = orders.record([transitionOf(order, REJECTED)]);
    await awaitBlockedSession(database);
    await rival.query('commit');
    expect((await waiting).size).toBe(0);
    expect(await orders.findAll([order.id])).toMatchObject([{ status: 'CONFIRMED' }]);
    await database.query(
      `update orders set status = 'PENDING', next_attempt_at = now() where id = $1`,
      [order.id],
    );
  });

  it('of many orders meets those of another instance without a deadlock', async () => {
    const made = (await insert(60_000, 100)).filter(isUnfinished);
    for (let round = 0; round < 5; round += 1) {
      const transitions = made.map((order) => transitionOf(order, NO_RESPONSE));
      const groups = [
        transitions,
        [...transitions].reverse(),
        transitions,
        [...transitions].reverse(),
      ];
      const recorded = await Promise.all(groups.map((group) => orders.record(group)));
      expect(recorded.map(({ size }) => size)).toEqual(times(4, () => 100));
    }
  });

  it('that began before the one it waited for is told as no earlier', async () => {
    const [first, second] = [await inserted(), await inserted()];
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query('select from orders where id = $1 for update', [first.id]);
    const waiting = orders.record([
      transitionOf(first, NO_RESPONSE),
      transitionOf(second, NO_RESPONSE),
    ]);
    await awaitBlockedSession(database);
    await orders.record([transitionOf(second, NO_RESPONSE)]);
    await rival.query('rollback');
    await waiting;
    const events = await database.query<{ at: Date }>(
      'select occurred_at as at from order_event where order_id = $1 order by seq',
      [second.id],
    );
    const times = events.map(({ at }) => at.getTime());
    expect(times).toHaveLength(3);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('that gets no answer counts the attempt, and is due again', async () => {
    const order = await inserted(60_000);
    await orders.record([transitionOf(order, NO_RESPONSE)]);
    expect(await orders.findAll([order.id])).toMatchObject([
      { status: 'PENDING', attempts: 1, refusals: 0, parkedAt: null },
    ]);
  });

  it('that is refused too often parks the order, which then is never due', async () => {
    const order = await inserted(-1);
    const rejection: Reply = { kind: 'rejected', reason: 'INTERNAL' };
    await orders.record([transitionOf(order, rejection)]);
    const [again] = (await orders.findAll([order.id])) as [UnfinishedOrder];
    await orders.record([transitionOf(again, rejection)]);
    const [parked] = (await orders.findAll([order.id])) as [UnfinishedOrder];
    expect(parked).toMatchObject({ status: 'PENDING', refusals: 2 });
    expect(parked.parkedAt).toBeInstanceOf(Date);
    expect((await eventsOf(order.id)).map(({ event }) => event)).toEqual([
      'PLACED',
      'REFUSED',
      'PARKED',
    ]);
    expect(await orders.list({ parked: true, limit: 10 })).toMatchObject([{ id: order.id }]);
    await orders.record([retryTransition(parked, { ...SETTINGS, graceMs: -1 })]);
    expect(await claimed()).toEqual([order.id]);
    expect(await orders.list({ parked: true, limit: 10 })).toEqual([]);
  });

  it('that leads nowhere takes up no parked order again', async () => {
    const order = await inserted(-1);
    const rejection: Reply = { kind: 'rejected', reason: 'INTERNAL' };
    await orders.record([transitionOf({ ...order, refusals: 1 }, rejection)]);
    const [parked] = (await orders.findAll([order.id])) as [UnfinishedOrder];
    await orders.record([transitionOf(parked, NO_RESPONSE)]);
    expect(await orders.findAll([order.id])).toMatchObject([{ parkedAt: parked.parkedAt }]);
    expect(await claimed()).toEqual([]);
  });
});

const claim = (limit: number, leaseMs: number) =>
  orders.claimDue(['PENDING', 'CANCELLING', 'FULFILLING'], limit, leaseMs);
const claimed = async (limit = 10, leaseMs = 60_000) =>
  (await claim(limit, leaseMs)).map(({ id }) => id).sort();

describe('claiming what is due', () => {
  const ids = (orders: readonly { id: string }[]) => orders.map(({ id }) => id).sort();

  it('leaves alone an order whose own request may still be asking', async () => {
    await insert(60_000);
    expect(await claimed(100)).toEqual([]);
  });

  it('gives each order to one instance only, even while another is claiming', async () => {
    const made = await insert(-1, 20);
    const claims = await Promise.all(times(4, () => claimed()));
    expect(claims.flat().sort()).toEqual(ids(made));
    expect(await claimed()).toEqual([]);
  });

  it('passes over an order that another session has locked, instead of waiting for it', async () => {
    const [locked, free] = (await insert(-1, 2)) as [Order, Order];
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query('select from orders where id = $1 for update', [locked.id]);
    // A claim that waits must not be the end of all the other tests.
    const passedOver = await claimed().catch(() => 'waited in vain');
    await rival.query('rollback');
    expect(passedOver).toEqual([free.id]);
    expect(await claimed()).toEqual([locked.id]);
  });

  it('gives it again when a claim has lapsed', async () => {
    const order = await inserted(-1);
    expect(await claimed(10, -1)).toEqual([order.id]);
    expect(await claimed()).toEqual([order.id]);
  });

  it('takes the oldest first', async () => {
    const young = await inserted(-1_000);
    const old = await inserted(-5_000);
    expect(await claimed(1)).toEqual([old.id]);
    expect(await claimed(1)).toEqual([young.id]);
  });

  it('takes as many of each status, so that a backlog of one does not hold up another', async () => {
    await insert(-9_000, 5);
    const order = await inserted(-1);
    const settings = { ...SETTINGS, graceMs: -1 };
    await orders.record([requestedTransition(order, 'CANCELLING', 'CUSTOMER', settings)]);
    const found = await claim(2, 60_000);
    expect(found.map(({ status }) => status).sort()).toEqual(['CANCELLING', 'PENDING', 'PENDING']);
    await claim(100, 60_000);
  });

  it('gives back what nothing was done for: it is due at once, unless it has moved on', async () => {
    const [idle, moved] = [await inserted(-1), await inserted(-1)];
    await claim(10, 60_000);
    await orders.record([transitionOf(moved, HELD)]);
    await orders.releaseClaims([idle.id, moved.id]);
    expect(await claimed()).toEqual([idle.id]);
    expect(await orders.findAll([moved.id])).toMatchObject([{ status: 'CONFIRMED' }]);
  });

  it('does not bring back an order that has ended', async () => {
    const order = await inserted();
    await orders.record([transitionOf(order, HELD)]);
    await orders.record([transitionOf(order, NO_RESPONSE)]);
    expect(await claimed()).toEqual([]);
  });
});

it('finds the orders whose accept-by time has passed, while they are PENDING', async () => {
  const [late, decided] = [await inserted(60_000, -1), await inserted(60_000, -1)];
  await inserted(60_000, 60_000);
  await orders.record([transitionOf(decided, HELD)]);
  expect(await orders.findOverdue(10)).toEqual([{ id: late.id, status: 'PENDING' }]);
});

it('Postgres itself refuses a status that is none, and a cancelled order without a reason', async () => {
  const order = await inserted();
  for (const change of [`status = 'LOST'`, `status = 'CANCELLED'`, `status = 'CONFIRMED'`]) {
    await expect(
      database.query(`update orders set ${change} where id = $1`, [order.id]),
    ).rejects.toMatchObject({ code: '23514' });
  }
});
