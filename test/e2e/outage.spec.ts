import { givenStock } from '../harness/stock';
import { newOrders } from '../harness/service-process';
import { TestSystem } from '../harness/system';
import { eventually, times } from '../harness/wait';

/**
 * Wide enough for a busy machine, and far from what a missing deadline or a lost retry would take.
 * How quick it is on a quiet one is measured by `npm run test:smoke`.
 */
const ANSWER_WITHIN_MS = 2_000;
const DECIDED_WITHIN_MS = 15_000;

let system: TestSystem;

beforeAll(async () => {
  system = await TestSystem.start({ ORDERS_INVENTORY_TIMEOUT_MS: '400' });
});

afterEach(async () => {
  expect(await system.inventoryDatabase.differences()).toEqual([]);
});

afterAll(async () => {
  await system.stop();
});

const ended = (id: string) =>
  eventually(
    `order ${id} has ended`,
    async () => {
      const { body } = await system.get(`/v1/orders/${id}`);
      return body.status === 'PENDING' ? undefined : body;
    },
    DECIDED_WITHIN_MS,
  );

const stateOf = async (id: string) => {
  const { reservation } = await system.calls.getReservation({ reservationId: id });
  return reservation?.state;
};

/** Waits until Orders waits for a lock, with a statement that begins so. */
const ordersWaitsWith = (statement: string) =>
  eventually(`Orders waits for a lock with "${statement}"`, async () => {
    const rows = await system.ordersDatabase.query(
      `select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
          and ltrim(query) ilike $1 || '%'`,
      [statement],
    );
    return rows.length > 0;
  });

/** Waits until the order of this customer is written, and gives its id. */
const written = async (userId: string): Promise<string> => {
  const { id } = await eventually('the order is written', async () => {
    const [row] = await system.ordersDatabase.query<{ id: string }>(
      `select id from orders where user_id = $1`,
      [userId],
    );
    return row;
  });
  return id;
};

describe.each(['SIGTERM', 'SIGKILL'] as const)('Inventory is gone (%s)', (signal) => {
  it('an order is answered 202 PENDING at once, and is decided when Inventory is back', async () => {
    await givenStock(system.inventoryDatabase, `gone-${signal}`, 5);
    await system.inventory.stop(signal);
    const placed = await system.place({ userId: 'u-1', sku: `gone-${signal}`, quantity: 2 });
    expect(placed).toMatchObject({ status: 202, body: { status: 'PENDING' } });
    expect(placed.tookMs).toBeLessThan(ANSWER_WITHIN_MS);
    expect(placed.headers.get('location')).toBe(`/v1/orders/${placed.body.id}`);
    expect(placed.headers.get('retry-after')).toBe('1');

    const ready = await system.get('/health/ready');
    expect(ready).toMatchObject({ status: 200, body: { database: 'up', inventory: 'down' } });

    await system.inventory.start();
    expect(await ended(placed.body.id)).toMatchObject({ status: 'CONFIRMED' });
    expect(await stateOf(placed.body.id)).toBe('RESERVATION_STATE_HELD');
  });
});

describe('Inventory is frozen', () => {
  it('an order is answered 202 PENDING within the time-out, and is decided after the thaw', async () => {
    await givenStock(system.inventoryDatabase, 'frozen', 5);
    const answers = await system.whileInventoryIsFrozen(() =>
      Promise.all(times(20, () => system.place({ userId: 'u-1', sku: 'frozen', quantity: 1 }))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(Math.max(...answers.map(({ tookMs }) => tookMs))).toBeLessThan(ANSWER_WITHIN_MS);

    const decided = await Promise.all(answers.map(({ body }) => ended(body.id)));
    // Calls that timed out may have been decided all the same; each order still has one decision.
    const confirmed = decided.filter(({ status }) => status === 'CONFIRMED');
    expect(confirmed).toHaveLength(5);
    expect(decided.filter(({ status }) => status === 'CANCELLED')).toHaveLength(15);
    const { levels } = await system.calls.getStock({ skus: ['frozen'] });
    expect(levels).toMatchObject([{ reserved: 5 }]);
  });

  it('does not keep Orders from showing what there is', async () => {
    await system.whileInventoryIsFrozen(async () => {
      expect(await system.get('/v1/orders')).toMatchObject({ status: 200 });
      expect(await system.get('/healthz')).toMatchObject({ status: 200, body: 'ok' });
    });
  });
});

describe('Orders is killed', () => {
  // Time enough to get the knife in before the request gives up by itself; the reconciler keeps off the
  // order for as long.
  beforeAll(() => system.restartOrders({ ORDERS_INVENTORY_TIMEOUT_MS: '4000' }));
  afterAll(() => system.restartOrders({ ORDERS_INVENTORY_TIMEOUT_MS: '400' }));

  const placeUnheard = (userId: string, sku: string) =>
    system.place({ userId, sku, quantity: 2 }).then(
      () => 'answered',
      () => 'lost',
    );

  it('before the order is written: nothing is held for an order that does not exist', async () => {
    await givenStock(system.inventoryDatabase, 'unwritten', 5);
    const blocker = await system.ordersDatabase.connect();
    await blocker.query('begin');
    await blocker.query('lock table orders in share row exclusive mode');
    const request = placeUnheard('killed-0', 'unwritten');
    await ordersWaitsWith('with placed');
    await system.orders.stop('SIGKILL');
    await blocker.query('rollback');
    expect(await request).toBe('lost');

    await system.orders.start();
    const { levels } = await system.calls.getStock({ skus: ['unwritten'] });
    expect(levels).toMatchObject([{ reserved: 0 }]);
  });

  it('after the order is written, before Inventory is asked: it is confirmed after the restart', async () => {
    await givenStock(system.inventoryDatabase, 'unasked', 5);
    await system.whileInventoryIsFrozen(async () => {
      const request = placeUnheard('killed-1', 'unasked');
      await written('killed-1');
      await system.orders.stop('SIGKILL');
      expect(await request).toBe('lost');
    });

    await system.orders.start();
    const id = await written('killed-1');
    expect(await ended(id)).toMatchObject({ status: 'CONFIRMED' });
    expect(await stateOf(id)).toBe('RESERVATION_STATE_HELD');
  });

  it('after Inventory has decided, before the decision is written: the same decision is found again', async () => {
    await givenStock(system.inventoryDatabase, 'undecided', 2);
    const blocker = await system.ordersDatabase.connect();
    let request = Promise.resolve('not sent');
    let id = '';
    await system.whileInventoryIsFrozen(async () => {
      request = placeUnheard('killed-2', 'undecided');
      id = await written('killed-2');
      await blocker.query('begin');
      await blocker.query('select from orders where id = $1 for update', [id]);
    });
    await ordersWaitsWith('with step');
    expect(await stateOf(id)).toBe('RESERVATION_STATE_HELD');
    await system.orders.stop('SIGKILL');
    await blocker.query('rollback');
    expect(await request).toBe('lost');

    await system.orders.start();
    expect(await ended(id)).toMatchObject({ status: 'CONFIRMED' });
    const { levels } = await system.calls.getStock({ skus: ['undecided'] });
    expect(levels).toMatchObject([{ onHand: 2, reserved: 2 }]);
  });
});

it('an order whose reservation somebody released meanwhile is cancelled, not left PENDING for ever', async () => {
  await givenStock(system.inventoryDatabase, 'released', 5);
  await system.inventory.stop('SIGKILL');
  const { body } = await system.place({ userId: 'u-1', sku: 'released', quantity: 1 });
  // Orders must not come first: it is stopped until the tombstone is there.
  await system.orders.stop('SIGKILL');
  await system.inventory.start();
  await system.calls.releaseReservation({ reservationId: body.id });
  await system.orders.start();
  expect(await ended(body.id)).toMatchObject({
    status: 'CANCELLED',
    cancelReason: 'RESERVATION_RELEASED',
  });
});

it('an order whose id Inventory may have forgotten about is CANCELLED, since it can never be held', async () => {
  const horizon = (time: string) =>
    system.inventoryDatabase.query(`update tombstone_horizon set forgotten_before = ${time}`);
  await horizon(`now() + interval '1 hour'`);
  try {
    const { status, body } = await system.place({ userId: 'u-1', sku: 'burger', quantity: 1 });
    expect({ status, body }).toMatchObject({ status: 409, body: { reason: 'ORDER_CANCELLED' } });
  } finally {
    await horizon(`'epoch'`);
  }
});

describe('the database of Orders is gone', () => {
  it('an order is refused with 503 and nothing internal, readiness is off, and both recover', async () => {
    await givenStock(system.inventoryDatabase, 'databaseless', 5);
    await system.ordersDatabase.allowConnections(false);
    const refused = await eventually('503', async () => {
      const answer = await system.place({ userId: 'u-1', sku: 'databaseless', quantity: 1 });
      expect(answer.status).not.toBe(500);
      return answer.status === 503 ? answer : undefined;
    });
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body).toMatchObject({ reason: 'DATABASE_UNAVAILABLE' });
    expect(JSON.stringify(refused.body)).not.toMatch(/select|insert|orders_|at \//);
    expect((await system.get('/health/ready')).status).toBe(503);
    expect((await system.get('/health/live')).status).toBe(200);

    await system.ordersDatabase.allowConnections(true);
    await eventually('201', async () => {
      const answer = await system.place({ userId: 'u-1', sku: 'databaseless', quantity: 1 });
      return answer.status === 201;
    });
  });
});

it('a second Orders that is started meanwhile takes over what the first left undecided', async () => {
  await givenStock(system.inventoryDatabase, 'takeover', 5);
  await system.inventory.stop('SIGKILL');
  const { body } = await system.place({ userId: 'u-1', sku: 'takeover', quantity: 1 });
  await system.orders.stop('SIGKILL');
  const second = await newOrders(system.ordersDatabase.url, system.inventory.address);
  try {
    await Promise.all([second.start(), system.inventory.start()]);
    await system.everyOrderEnded();
    const response = await fetch(`${second.url}/v1/orders/${body.id}`);
    expect(await response.json()).toMatchObject({ status: 'CONFIRMED' });
  } finally {
    await second.stop();
    await system.orders.start();
  }
});

it('SIGTERM while a request is in flight: the request is answered, then the process ends with 0', async () => {
  await givenStock(system.inventoryDatabase, 'in-flight', 5);
  await system.whileInventoryIsFrozen(async () => {
    const answer = system.place({ userId: 'stopping', sku: 'in-flight', quantity: 1 });
    await written('stopping');
    const code = system.orders.stop('SIGTERM');
    expect(await answer).toMatchObject({ status: 202 });
    expect(await code).toBe(0);
  });
  await system.orders.start();
});
