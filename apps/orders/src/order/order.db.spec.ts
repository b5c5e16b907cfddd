import { awaitBlockedSession } from '../../../../test/db/in-process-inventories';
import { times } from '../../../../test/harness/wait';
import { isUnfinished, type UnfinishedOrder } from './order';
import { type Reply } from './reply';
import { fingerprintOf } from './order-fingerprint';
import { retryTransition } from './order-transition';

import {
  database,
  orders,
  orderWith,
  insert,
  inserted,
  SETTINGS,
  transitionOf,
  shortages,
  REJECTED,
  HELD,
  NO_RESPONSE,
  eventsOf,
  useOrderRepository,
  claimed,
  reads,
} from '../../../../test/db/order-repository-fixture';

const parkedIds = async (): Promise<string[]> => {
  const { items } = await reads.page({ parked: true, limit: 10 }, {});
  return items.map(({ id }) => id);
};

useOrderRepository();

describe('placing an order', () => {
  it('writes the order with its items and the first event', async () => {
    const order = await inserted();
    expect(order).toMatchObject({ status: 'PENDING', items: [{ sku: 'burger', quantity: 1 }] });
    expect(await eventsOf(order.id)).toMatchObject([
      { seq: 1, event: 'PLACED', status: 'PENDING' },
    ]);
  });

  it('writes one order per key, also within one group', async () => {
    const [first, second, third] = [orderWith('k'), orderWith('k'), orderWith('k')];
    const created = await orders.insert([first, second], 0, 60_000);
    expect([...created.keys()]).toEqual([first.id]);
    expect((await orders.insert([third], 0, 60_000)).size).toBe(0);
    expect(await orders.findByKeys([third])).toMatchObject([
      { order: { id: first.id }, fingerprint: fingerprintOf(first) },
    ]);
    expect(await orders.findAll([second.id, third.id])).toEqual([]);
  });

  it('writes orders of several customers with the same key, and orders without a key', async () => {
    const made = [orderWith('shared', 'a'), orderWith('shared', 'b'), orderWith(), orderWith()];
    expect((await orders.insert(made, 60_000, 60_000)).size).toBe(4);
  });

  it('writes one order per key, without a deadlock, when instances insert the same keys', async () => {
    const keys = times(20, (index) => `meet-${index}`);
    const groups = times(6, (index) =>
      (index % 2 ? keys : [...keys].reverse()).map((k) => orderWith(k)),
    );
    const created = await Promise.all(groups.map((group) => orders.insert(group, 60_000, 60_000)));
    expect(created.reduce((sum, { size }) => sum + size, 0)).toBe(keys.length);
  });

  it('inserts in the order of keys: while it waits for the first, it has locked none of the others', async () => {
    const [first, ...others] = times(20, (index) => `ordered-${index + 10}`);
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query(
      `insert into orders (id, user_id, idempotency_key, status, next_attempt_at, accept_by, last_seq)
       values ($1, 'u', $2, 'PENDING', now(), now(), 1)`,
      [orderWith().id, first],
    );
    const lastFirst = [...others.toReversed(), first].map((key) => orderWith(key));
    const waiting = orders.insert(lastFirst, 60_000, 60_000);
    await awaitBlockedSession(database);
    const made = others.map((key) => orderWith(key));
    expect((await orders.insert(made, 60_000, 60_000)).size).toBe(others.length);
    await rival.query('rollback');
    expect([...(await waiting).keys()]).toEqual([lastFirst.at(-1)?.id]);
  });
});

describe('a transition', () => {
  it('is written once: the second one is dropped', async () => {
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

  it('is written together with those of other orders, each with its own result', async () => {
    const [left, right] = [await inserted(), await inserted()];
    await orders.record([transitionOf(left, HELD), transitionOf(right, REJECTED)]);
    expect(await orders.findAll([left.id])).toMatchObject([{ status: 'CONFIRMED' }]);
    expect(await orders.findAll([right.id])).toMatchObject([
      { status: 'CANCELLED', cancelReason: 'INSUFFICIENT_STOCK', shortages },
    ]);
  });

  it('is dropped if the transaction it waited for has moved the order', async () => {
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

  it('is written without a deadlock when instances write those of the same orders', async () => {
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

  it('has no earlier time than the one it waited for', async () => {
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

  it('without a response counts the attempt and makes the order due again', async () => {
    const order = await inserted(60_000);
    await orders.record([transitionOf(order, NO_RESPONSE)]);
    expect(await orders.findAll([order.id])).toMatchObject([
      { status: 'PENDING', attempts: 1, refusals: 0, parkedAt: null },
    ]);
  });

  it('after too many rejections parks the order, which is then never due', async () => {
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
    expect(await parkedIds()).toEqual([order.id]);
    await orders.record([retryTransition(parked, 'CUSTOMER', { ...SETTINGS, graceMs: -1 })]);
    expect(await claimed()).toEqual([order.id]);
    expect(await parkedIds()).toEqual([]);
  });

  it('for a failed attempt leaves a parked order parked', async () => {
    const order = await inserted(-1);
    const rejection: Reply = { kind: 'rejected', reason: 'INTERNAL' };
    await orders.record([transitionOf(order, rejection)]);
    const [refused] = (await orders.findAll([order.id])) as [UnfinishedOrder];
    await orders.record([transitionOf(refused, rejection)]);
    const [parked] = (await orders.findAll([order.id])) as [UnfinishedOrder];
    await orders.record([transitionOf(parked, NO_RESPONSE)]);
    expect(await orders.findAll([order.id])).toMatchObject([{ parkedAt: parked.parkedAt }]);
    expect(await claimed()).toEqual([]);
  });
});

it('CHECKs reject an unknown status, and a cancelled order without a reason', async () => {
  const order = await inserted();
  for (const change of [`status = 'LOST'`, `status = 'CANCELLED'`, `status = 'CONFIRMED'`]) {
    await expect(
      database.query(`update orders set ${change} where id = $1`, [order.id]),
    ).rejects.toMatchObject({ code: '23514' });
  }
});
