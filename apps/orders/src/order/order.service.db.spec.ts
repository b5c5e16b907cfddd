import { awaitBlockedSession } from '../../../../test/db/in-process-inventories';
import { times } from '../../../../test/harness/wait';
import type { NewOrder } from './order';
import { decided, SKIPPED } from './reply';
import { FOR_ANY_CUSTOMER } from './requester';

import {
  HELD,
  NO_RESPONSE,
  REJECTED,
  inventory,
  database,
  here,
  there,
  DEADLINE,
  request,
  place,
  stored,
  eventsOf,
  openTransactions,
  gate,
  useOrderServices,
} from '../../../../test/db/order-service-fixture';

useOrderServices();

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
    const repeat = () =>
      there.service.place(request({ idempotencyKey: 'again' }), DEADLINE, FOR_ANY_CUSTOMER);
    expect(await repeat()).toEqual({ isRepeated: true, order: await stored(first.id) });
    await here.service.cancel(first.id, DEADLINE, FOR_ANY_CUSTOMER);
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
    ['a line twice', { items: [...items, ...items.slice(0, 1)] }],
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

  const split = {
    items: [{ sku: 'b', quantity: 1 }, ...items.slice(0, 1), { sku: 'b', quantity: 1 }],
  };

  it.each<[string, string | undefined]>([
    ['has a fingerprint', undefined],
    ['was written by a version without fingerprints', 'fingerprint = null'],
    ['lost its note by an erasure', 'note = null'],
  ])('recognizes the same contents in another form, if the order %s', async (what, change) => {
    const note = change === 'note = null' ? 'door code 4711' : null;
    const first = await place({ idempotencyKey: what, items, note });
    if (change) await database.query(`update orders set ${change} where id = $1`, [first.id]);
    for (const other of [{ items }, { items: [...items].reverse() }, split]) {
      const again = await place({ idempotencyKey: what, note: note ?? '', ...other }, there);
      // As the first request sent it.
      expect(again).toMatchObject({ id: first.id, items });
    }
    await expect(
      place({ idempotencyKey: what, items, note: 'another' }, there),
    ).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('stores no fingerprint without a key, and none that shows the note', async () => {
    const plain = await place({ note: 'no key' });
    const keyed = await place({ idempotencyKey: 'hashed', note: 'door code 4712' });
    const rows = await database.query<{ id: string; fingerprint: Buffer | null }>(
      'select id, fingerprint from orders where id = any($1) order by id',
      [[plain.id, keyed.id]],
    );
    expect(rows).toEqual([
      { id: plain.id, fingerprint: null },
      { id: keyed.id, fingerprint: expect.any(Buffer) as Buffer },
    ]);
    expect(rows[1]?.fingerprint).toHaveLength(32);
  });

  it('finds an order that an earlier version stored with combining accents', async () => {
    const former = await place({ idempotencyKey: 'accents', userId: 'Jose\u0301' });
    const again = request({ idempotencyKey: 'accents', userId: 'Jos\u00e9' });
    expect(await there.service.place(again, DEADLINE, FOR_ANY_CUSTOMER)).toEqual({
      isRepeated: true,
      order: await stored(former.id),
    });
    await expect(
      place({ idempotencyKey: 'accents', userId: 'Jos\u00e9', note: 'hot' }),
    ).rejects.toMatchObject({ reason: 'IDEMPOTENCY_KEY_REUSED' });
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
        here.service.cancel(id, DEADLINE, FOR_ANY_CUSTOMER),
        there.service.fulfill(id, DEADLINE, FOR_ANY_CUSTOMER),
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
    const cancelling = here.service.cancel(id, DEADLINE, FOR_ANY_CUSTOMER);
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
      await expect(here.service[request](id, DEADLINE, FOR_ANY_CUSTOMER)).rejects.toMatchObject({
        reason: 'ORDER_STATE_CONFLICT',
        metadata: { orderId: id, orderStatus, allowed: [] },
      });
      expect(await stored(id)).toMatchObject({ status: orderStatus });
    },
  );

  it('are written before Inventory is called, so that the reconciler can finish them', async () => {
    const { id } = await place();
    const { arrived, release } = gate();
    const cancelling = here.service.cancel(id, DEADLINE, FOR_ANY_CUSTOMER);
    await arrived;
    const status = (await stored(id)).status;
    release();
    expect(status).toBe('CANCELLING');
    expect(await cancelling).toMatchObject({ status: 'CANCELLED' });
  });
});

it('a retry of an order that is not unfinished is rejected', async () => {
  const { id } = await place();
  await expect(here.service.retry(id, DEADLINE, FOR_ANY_CUSTOMER)).rejects.toMatchObject({
    reason: 'ORDER_STATE_CONFLICT',
    metadata: { orderStatus: 'CONFIRMED', allowed: ['cancel', 'fulfill', 'reduce'] },
  });
});
