import { givenStock } from '../harness/stock';
import { type Answer } from '../harness/orders-client';
import type { ServiceCluster } from '../harness/service-cluster';
import type { OrdersProcess } from '../harness/services';
import { startCluster } from '../harness/start-cluster';
import { eventually, times } from '../harness/wait';

let cluster: ServiceCluster;
let second: OrdersProcess;

beforeAll(async () => {
  cluster = await startCluster({ INVENTORY_SEED_STOCK: 'burger=1000' });
  second = await cluster.addOrders();
  await second.start();
});

afterEach(async () => {
  await cluster.awaitInventoryStatus('up');
  expect(await cluster.inventoryDatabase.differences()).toEqual([]);
});

afterAll(async () => {
  await cluster.stop();
});

const BURGER = { userId: 'u-1', sku: 'burger', quantity: 1 };
/** Much shorter than the 5 s that Orders waits by default here. */
const IMPATIENT = { 'Request-Timeout-Ms': '200' };

const placed = (key: string, body: object = BURGER, more: Record<string, string> = {}) =>
  cluster.client.place(body, { headers: { 'Idempotency-Key': key, ...more } });

const replayed = ({ headers }: Answer) => headers.get('idempotent-replayed');

const ordersUnder = (key: string) =>
  cluster.ordersDatabase.query<{ id: string; status: string }>(
    `select id, status from orders where idempotency_key = $1`,
    [key],
  );

const written = async (key: string): Promise<string> => {
  const { id } = await eventually('the order is written', async () => (await ordersUnder(key))[0]);
  return id;
};

describe('the same request under the same key', () => {
  it('returns the same order, marks the replay, and creates no second order', async () => {
    const first = await placed('twice');
    const again = await placed('twice');
    expect(first.status).toBe(201);
    expect(replayed(first)).toBeNull();
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(replayed(again)).toBe('true');
    expect(again.headers.get('location')).toBe(`/v1/orders/${first.body.id}`);
    expect(await ordersUnder('twice')).toHaveLength(1);
  });

  it('returns the same rejection, even if there is enough stock by then', async () => {
    await givenStock(cluster.inventoryDatabase, 'scarce', 1);
    const wanted = { userId: 'u-1', sku: 'scarce', quantity: 2 };
    const first = await placed('refused', wanted);
    const adjustment = { adjustmentId: 'more', sku: 'scarce', delta: 5, reason: 'r', actor: 'a' };
    await cluster.inventoryClient.adjustStock({ ...adjustment, allowShortfall: false });
    const again = await placed('refused', wanted);
    expect(first).toMatchObject({ status: 409, body: { reason: 'INSUFFICIENT_STOCK' } });
    expect(again).toMatchObject({ status: 409, body: first.body });
    expect(replayed(again)).toBe('true');
    expect(await ordersUnder('refused')).toHaveLength(1);
  });

  it('sent 20 times concurrently to two instances creates one order, with the same answers', async () => {
    await givenStock(cluster.inventoryDatabase, 'crowd', 100);
    const wanted = { userId: 'u-1', sku: 'crowd', quantity: 1 };
    const answers = await Promise.all(
      times(20, (index) =>
        (index % 2 ? second : cluster.orders).client.place(wanted, {
          headers: { 'Idempotency-Key': 'crowd' },
        }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.filter((answer) => replayed(answer) === null)).toHaveLength(1);
    expect(await ordersUnder('crowd')).toHaveLength(1);
    const { levels } = await cluster.inventoryClient.getStock({ skus: ['crowd'] });
    expect(levels).toMatchObject([{ reserved: 1 }]);
  });

  it('returns the cancelled order after a cancel', async () => {
    const first = await placed('cancelled');
    await cluster.client.request(first.body.id, 'cancel');
    expect(await placed('cancelled')).toMatchObject({
      status: 201,
      body: { id: first.body.id, status: 'CANCELLED', cancelReason: 'REQUESTED' },
    });
  });
});

describe('an equal request under the same key', () => {
  const first = {
    userId: 'u-1',
    items: [
      { sku: 'equal-a', quantity: 2 },
      { sku: 'equal-b', quantity: 1 },
    ],
  };

  beforeAll(async () => {
    for (const sku of ['equal-a', 'equal-b']) {
      await givenStock(cluster.inventoryDatabase, sku, 100);
    }
  });

  it.each<[string, object]>([
    ['with its lines in another order', { items: [...first.items].reverse() }],
    [
      'with a line split in two',
      {
        items: [
          { sku: 'equal-a', quantity: 1 },
          { sku: 'equal-b', quantity: 1 },
          { sku: 'equal-a', quantity: 1 },
        ],
      },
    ],
    ['with an empty note', { note: '' }],
    ['with null for the note', { note: null }],
  ])('%s returns the same order, as it was sent first', async (what, other) => {
    const key = what.replaceAll(' ', '-');
    const original = await placed(key, first);
    expect(original).toMatchObject({ status: 201, body: { items: first.items, note: null } });
    for (const { client } of [cluster.orders, second]) {
      const headers = { 'Idempotency-Key': key };
      const again = await client.place({ ...first, ...other }, { headers });
      expect(again).toMatchObject({ status: 201, body: original.body });
      expect(replayed(again)).toBe('true');
    }
    expect(await ordersUnder(key)).toHaveLength(1);
  });

  it('is one order, also if its forms arrive concurrently at two instances', async () => {
    const forms = [first, { ...first, items: [...first.items].reverse() }, { ...first, note: '' }];
    const answers = await Promise.all(
      times(12, (index) =>
        (index % 2 ? second : cluster.orders).client.place(forms[index % 3] ?? first, {
          headers: { 'Idempotency-Key': 'forms' },
        }),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(await ordersUnder('forms')).toHaveLength(1);
  });

  it('as one item is the same as a list of one', async () => {
    const one = await placed('one', BURGER);
    const { sku, quantity, userId } = BURGER;
    const list = await placed('one', { userId, items: [{ sku, quantity }] });
    expect(list).toMatchObject({ status: 201, body: one.body });
  });
});

describe('a key', () => {
  it('cannot be reused for another request, and the error names its order', async () => {
    const first = await placed('taken');
    const other = await placed('taken', { ...BURGER, quantity: 2 });
    expect(other).toMatchObject({
      status: 422,
      body: { reason: 'IDEMPOTENCY_KEY_REUSED', orderId: first.body.id },
    });
    expect(await ordersUnder('taken')).toHaveLength(1);
  });

  it('belongs to one user: another user gets another order', async () => {
    const [mine, theirs] = [
      await placed('ours'),
      await placed('ours', { ...BURGER, userId: 'u-2' }),
    ];
    expect(theirs.status).toBe(201);
    expect(replayed(theirs)).toBeNull();
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  it('is the same with and without quotes', async () => {
    const [quoted, bare] = [await placed('"quotes"'), await placed('quotes')];
    expect(bare.body.id).toBe(quoted.body.id);
  });

  it('is optional: each request without one creates an order', async () => {
    const [first, next] = [await cluster.client.place(BURGER), await cluster.client.place(BURGER)];
    expect([first.status, next.status]).toEqual([201, 201]);
    expect(next.body.id).not.toBe(first.body.id);
    expect(replayed(next)).toBeNull();
  });

  it.each(['""', 'twice, twice', '"twice", "twice"', '"open', '', 'x'.repeat(256), 'caf\u00e9'])(
    '%j returns 400',
    async (key) => {
      expect(await placed(key)).toMatchObject({
        status: 400,
        body: { reason: 'INVALID_REQUEST', errors: [{ field: 'Idempotency-Key' }] },
      });
    },
  );
});

describe('while Inventory is frozen', () => {
  it('a retry returns the PENDING order, and its final status afterwards', async () => {
    const [first, again] = await cluster.withFrozenInventory(async () => [
      await placed('frozen', BURGER, IMPATIENT),
      await placed('frozen', BURGER, IMPATIENT),
    ]);
    expect(first).toMatchObject({ status: 202, body: { status: 'PENDING' } });
    expect(again).toMatchObject({ status: 202, body: { id: first.body.id } });
    await cluster.awaitQuiescence();
    expect(await placed('frozen')).toMatchObject({
      status: 201,
      body: { id: first.body.id, status: 'CONFIRMED' },
    });
  });

  it('a waiting request holds neither a transaction nor the row of its order', async () => {
    let isAnswered = false;
    const answer = await cluster.withFrozenInventory(async () => {
      const waiting = placed('unlocked').finally(() => (isAnswered = true));
      const id = await written('unlocked');
      // Transactions of the reconciler and of the other instance are short; one of the request would stay.
      await eventually('a moment without a transaction of Orders', async () => {
        const sessions = await cluster.ordersDatabase.query(
          `select a.pid from pg_stat_activity a
            where a.application_name = 'quickbite-orders' and a.datname = current_database()
              and (a.xact_start is not null
                   or exists (select from pg_locks l where l.pid = a.pid))`,
        );
        return sessions.length === 0;
      });
      const rival = await cluster.ordersDatabase.connect();
      await rival.query('begin');
      await rival.query('select from orders where id = $1 for update nowait', [id]);
      await rival.query('rollback');
      expect(isAnswered).toBe(false);
      return { waiting };
    });
    expect(await answer.waiting).toMatchObject({ status: 201 });
  });

  it('a caller that aborts and retries gets the same order', async () => {
    const id = await cluster.withFrozenInventory(async () => {
      const caller = new AbortController();
      const headers = { 'Idempotency-Key': 'abandoned' };
      const abandoned = cluster.client.place(BURGER, { headers, signal: caller.signal });
      const lost = expect(abandoned).rejects.toThrow();
      const waiting = await written('abandoned');
      caller.abort();
      await lost;
      return waiting;
    });
    expect(await placed('abandoned')).toMatchObject({ status: 201, body: { id } });
    expect(await ordersUnder('abandoned')).toHaveLength(1);
  });

  it('a caller whose Orders is killed gets the same order from another instance', async () => {
    const id = await cluster.withFrozenInventory(async () => {
      const lost = expect(placed('killed')).rejects.toThrow();
      const waiting = await written('killed');
      await cluster.orders.stop('SIGKILL');
      await lost;
      return waiting;
    });
    const headers = { 'Idempotency-Key': 'killed' };
    const again = await second.client.place(BURGER, { headers });
    await cluster.orders.start();
    expect(again).toMatchObject({ status: 201, body: { id, status: 'CONFIRMED' } });
    expect(replayed(again)).toBe('true');
  });
});
