import { givenStock } from '../harness/stock';
import { newOrders } from '../harness/services';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { eventually, times } from '../harness/wait';

/**
 * Wide enough for a busy machine, and much shorter than a missing deadline or a lost retry would take.
 * `npm run test:smoke` measures the time on an idle machine.
 */
const ANSWER_WITHIN_MS = 2_000;
const DECIDED_WITHIN_MS = 15_000;

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster({ ORDERS_INVENTORY_TIMEOUT_MS: '400' });
});

afterEach(async () => {
  expect(await cluster.inventoryDatabase.differences()).toEqual([]);
});

afterAll(async () => {
  await cluster.stop();
});

const ended = (id: string) =>
  eventually(
    `order ${id} has ended`,
    async () => {
      const { body } = await cluster.client.get(`/v1/orders/${id}`);
      return body.status === 'PENDING' ? undefined : body;
    },
    DECIDED_WITHIN_MS,
  );

const stateOf = async (id: string) => {
  const { reservation } = await cluster.inventoryClient.getReservation({ reservationId: id });
  return reservation?.state;
};

/** Waits until Orders is blocked by a lock in a statement with this beginning. */
const ordersWaitsWith = (statement: string) =>
  eventually(`Orders waits for a lock with "${statement}"`, async () => {
    const rows = await cluster.ordersDatabase.query(
      `select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
          and ltrim(query) ilike $1 || '%'`,
      [statement],
    );
    return rows.length > 0;
  });

/** Waits until the order of this user is written and returns its id. */
const written = async (userId: string): Promise<string> => {
  const { id } = await eventually('the order is written', async () => {
    const [row] = await cluster.ordersDatabase.query<{ id: string }>(
      `select id from orders where user_id = $1`,
      [userId],
    );
    return row;
  });
  return id;
};

describe.each(['SIGTERM', 'SIGKILL'] as const)('while Inventory is down (%s)', (signal) => {
  it('an order gets 202 PENDING at once and is decided after Inventory is back', async () => {
    await givenStock(cluster.inventoryDatabase, `gone-${signal}`, 5);
    await cluster.inventory.stop(signal);
    const placed = await cluster.client.place({
      userId: 'u-1',
      sku: `gone-${signal}`,
      quantity: 2,
    });
    expect(placed).toMatchObject({ status: 202, body: { status: 'PENDING' } });
    expect(placed.tookMs).toBeLessThan(ANSWER_WITHIN_MS);
    expect(placed.headers.get('location')).toBe(`/v1/orders/${placed.body.id}`);
    expect(placed.headers.get('retry-after')).toBe('1');

    const ready = await cluster.client.get('/health/ready');
    expect(ready).toMatchObject({ status: 200, body: { database: 'up', inventory: 'down' } });

    await cluster.inventory.start();
    expect(await ended(placed.body.id)).toMatchObject({ status: 'CONFIRMED' });
    expect(await stateOf(placed.body.id)).toBe('RESERVATION_STATE_HELD');
  });
});

describe('while Inventory is frozen', () => {
  it('an order gets 202 PENDING within the timeout and is decided afterwards', async () => {
    await givenStock(cluster.inventoryDatabase, 'frozen', 5);
    const answers = await cluster.withFrozenInventory(() =>
      Promise.all(
        times(20, () => cluster.client.place({ userId: 'u-1', sku: 'frozen', quantity: 1 })),
      ),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(ANSWER_WITHIN_MS);

    const decided = await Promise.all(answers.map(({ body }) => ended(body.id)));
    // Calls that timed out may have been decided all the same; each order still has one decision.
    const confirmed = decided.filter(({ status }) => status === 'CONFIRMED');
    expect(confirmed).toHaveLength(5);
    expect(decided.filter(({ status }) => status === 'CANCELLED')).toHaveLength(15);
    const { levels } = await cluster.inventoryClient.getStock({ skus: ['frozen'] });
    expect(levels).toMatchObject([{ reserved: 5 }]);
  });

  it('Orders still returns orders and health', async () => {
    await cluster.withFrozenInventory(async () => {
      expect(await cluster.client.get('/v1/orders')).toMatchObject({ status: 200 });
      expect(await cluster.client.get('/healthz')).toMatchObject({ status: 200, body: 'ok' });
    });
  });
});

describe('when Orders is killed', () => {
  // Long enough to kill Orders before the request times out. The reconciler waits as long for the order.
  beforeAll(() => cluster.restartOrders({ ORDERS_INVENTORY_TIMEOUT_MS: '4000' }));
  afterAll(() => cluster.restartOrders({ ORDERS_INVENTORY_TIMEOUT_MS: '400' }));

  const placeUnanswered = (userId: string, sku: string) =>
    cluster.client.place({ userId, sku, quantity: 2 }).then(
      () => 'answered',
      () => 'lost',
    );

  it('before the order is written, no units are held for it', async () => {
    await givenStock(cluster.inventoryDatabase, 'unwritten', 5);
    const blocker = await cluster.ordersDatabase.connect();
    await blocker.query('begin');
    await blocker.query('lock table orders in share row exclusive mode');
    const request = placeUnanswered('killed-0', 'unwritten');
    await ordersWaitsWith('with placed');
    await cluster.orders.stop('SIGKILL');
    // Postgres does not notice that its client is gone, and would write the order after the rollback.
    await cluster.ordersDatabase.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    );
    await blocker.query('rollback');
    expect(await request).toBe('lost');

    await cluster.orders.start();
    const { levels } = await cluster.inventoryClient.getStock({ skus: ['unwritten'] });
    expect(levels).toMatchObject([{ reserved: 0 }]);
  });

  it('after the order is written and before the call, it is confirmed after the restart', async () => {
    await givenStock(cluster.inventoryDatabase, 'uncached', 5);
    await cluster.withFrozenInventory(async () => {
      const request = placeUnanswered('killed-1', 'uncached');
      await written('killed-1');
      await cluster.orders.stop('SIGKILL');
      expect(await request).toBe('lost');
    });

    await cluster.orders.start();
    const id = await written('killed-1');
    expect(await ended(id)).toMatchObject({ status: 'CONFIRMED' });
    expect(await stateOf(id)).toBe('RESERVATION_STATE_HELD');
  });

  it('after the decision and before it is written, the same decision is found after the restart', async () => {
    await givenStock(cluster.inventoryDatabase, 'undecided', 2);
    const blocker = await cluster.ordersDatabase.connect();
    let request = Promise.resolve('not sent');
    let id = '';
    await cluster.withFrozenInventory(async () => {
      request = placeUnanswered('killed-2', 'undecided');
      id = await written('killed-2');
      await blocker.query('begin');
      await blocker.query('select from orders where id = $1 for update', [id]);
    });
    await ordersWaitsWith('with transition');
    expect(await stateOf(id)).toBe('RESERVATION_STATE_HELD');
    await cluster.orders.stop('SIGKILL');
    await blocker.query('rollback');
    expect(await request).toBe('lost');

    await cluster.orders.start();
    expect(await ended(id)).toMatchObject({ status: 'CONFIRMED' });
    const { levels } = await cluster.inventoryClient.getStock({ skus: ['undecided'] });
    expect(levels).toMatchObject([{ onHand: 2, reserved: 2 }]);
  });
});

it('an order whose reservation was released meanwhile is cancelled, and not left PENDING', async () => {
  await givenStock(cluster.inventoryDatabase, 'released', 5);
  await cluster.inventory.stop('SIGKILL');
  const { body } = await cluster.client.place({ userId: 'u-1', sku: 'released', quantity: 1 });
  // Orders must not call first: it is stopped until the tombstone exists.
  await cluster.orders.stop('SIGKILL');
  await cluster.inventory.start();
  await cluster.inventoryClient.releaseReservation({ reservationId: body.id });
  await cluster.orders.start();
  expect(await ended(body.id)).toMatchObject({
    status: 'CANCELLED',
    cancelReason: 'RESERVATION_RELEASED',
  });
});

it('an order with an id before the tombstone horizon is CANCELLED', async () => {
  const horizon = (time: string) =>
    cluster.inventoryDatabase.query(`update tombstone_horizon set forgotten_before = ${time}`);
  await horizon(`now() + interval '1 hour'`);
  try {
    const { status, body } = await cluster.client.place({
      userId: 'u-1',
      sku: 'burger',
      quantity: 1,
    });
    expect({ status, body }).toMatchObject({ status: 409, body: { reason: 'ORDER_CANCELLED' } });
  } finally {
    await horizon(`'epoch'`);
  }
});

describe('while the database of Orders is unavailable', () => {
  it('an order gets 503 without internal details, readiness fails, and both recover', async () => {
    await givenStock(cluster.inventoryDatabase, 'databaseless', 5);
    await cluster.ordersDatabase.allowConnections(false);
    const refused = await eventually('503', async () => {
      const answer = await cluster.client.place({
        userId: 'u-1',
        sku: 'databaseless',
        quantity: 1,
      });
      expect(answer.status).not.toBe(500);
      return answer.status === 503 ? answer : undefined;
    });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body).toMatchObject({ reason: 'DATABASE_UNAVAILABLE' });
    expect(JSON.stringify(refused.body)).not.toMatch(/select|insert|orders_|at \//);
    expect((await cluster.client.get('/health/ready')).status).toBe(503);
    expect((await cluster.client.get('/health/live')).status).toBe(200);

    await cluster.ordersDatabase.allowConnections(true);
    await eventually('201', async () => {
      const answer = await cluster.client.place({
        userId: 'u-1',
        sku: 'databaseless',
        quantity: 1,
      });
      return answer.status === 201;
    });
  });
});

it('a second Orders decides the orders that a killed one left PENDING', async () => {
  await givenStock(cluster.inventoryDatabase, 'takeover', 5);
  await cluster.inventory.stop('SIGKILL');
  const { body } = await cluster.client.place({ userId: 'u-1', sku: 'takeover', quantity: 1 });
  await cluster.orders.stop('SIGKILL');
  const second = await newOrders(cluster.ordersDatabase, cluster.inventory.address);
  try {
    await Promise.all([second.start(), cluster.inventory.start()]);
    await cluster.awaitQuiescence();
    const response = await fetch(`${second.url}/v1/orders/${body.id}`);
    expect(await response.json()).toMatchObject({ status: 'CONFIRMED' });
  } finally {
    await second.stop();
    await cluster.orders.start();
  }
});

it('SIGTERM with a request in flight: the request is answered and the process exits with 0', async () => {
  await givenStock(cluster.inventoryDatabase, 'in-flight', 5);
  await cluster.withFrozenInventory(async () => {
    const answer = cluster.client.place({ userId: 'stopping', sku: 'in-flight', quantity: 1 });
    await written('stopping');
    const code = cluster.orders.stop('SIGTERM');
    expect(await answer).toMatchObject({ status: 202 });
    expect(await code).toBe(0);
  });
  await cluster.orders.start();
});
