import { givenStock } from '../harness/stock';
import { type OrderBody } from '../harness/orders-client';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from './cluster';
import { eventually, times } from '../harness/wait';

/** Wide enough for a busy machine, and less than Orders waits for Inventory here by itself. */
const SOON_MS = 2_000;
const SETTINGS = { ORDERS_INVENTORY_TIMEOUT_MS: '3000', ORDERS_PARK_AFTER_REFUSALS: '2' };

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster(SETTINGS);
});

afterEach(async () => {
  expect(await cluster.inventoryDatabase.differences()).toEqual([]);
});

afterAll(async () => {
  await cluster.stop();
});

const SOON = { headers: { 'Request-Timeout-Ms': '100' } };

const levelOf = async (sku: string) => {
  const { levels } = await cluster.inventoryClient.getStock({ skus: [sku] });
  const { onHand, reserved } = levels[0] ?? {};
  return { onHand, reserved };
};

/** A CONFIRMED order for 2 of the 5 units of a SKU of its own. */
const confirmed = async (sku: string): Promise<string> => {
  await givenStock(cluster.inventoryDatabase, sku, 5);
  const { status, body } = await cluster.client.place({ userId: 'u-1', sku, quantity: 2 });
  expect({ status, order: body.status }).toEqual({ status: 201, order: 'CONFIRMED' });
  return body.id;
};

/** A PENDING order of which Inventory has not heard, while Orders stands still. */
const unheardOf = async (sku: string): Promise<string> => {
  await givenStock(cluster.inventoryDatabase, sku, 5);
  await cluster.inventory.stop('SIGKILL');
  const { status, body } = await cluster.client.place({ userId: 'u-1', sku, quantity: 2 }, SOON);
  expect(status).toBe(202);
  await cluster.orders.stop('SIGKILL');
  await cluster.inventory.start();
  return body.id;
};

const ordersAgain = async (): Promise<void> => {
  await cluster.orders.start();
  await cluster.awaitInventoryStatus('up');
};

const comesTo = (id: string, status: string): Promise<OrderBody> =>
  eventually(
    `order ${id} is ${status}`,
    async () => {
      const { body } = await cluster.client.get(`/v1/orders/${id}`);
      return body.status === status ? body : undefined;
    },
    15_000,
  );

const eventsOf = (id: string) =>
  cluster.ordersDatabase.query<{ event: string; reason: string | null }>(
    `select event, reason from order_event where order_id = $1 order by seq`,
    [id],
  );

const conflict = (orderStatus: string, allowed: string[]) => ({
  status: 409,
  body: { reason: 'ORDER_STATE_CONFLICT', orderStatus, allowed },
});

const byHand = (id: string, sku: string, quantity: number) =>
  cluster.inventoryClient.createReservation({ reservationId: id, lines: [{ sku, quantity }] });

describe('cancelling', () => {
  it('gives the units back, and is safe to repeat', async () => {
    const id = await confirmed('back');
    for (let time = 0; time < 2; time += 1) {
      expect(await cluster.client.request(id, 'cancel')).toMatchObject({
        status: 200,
        body: { id, status: 'CANCELLED', cancelReason: 'REQUESTED' },
      });
    }
    expect(await levelOf('back')).toEqual({ onHand: 5, reserved: 0 });
    expect(await eventsOf(id)).toMatchObject([
      { event: 'PLACED' },
      { event: 'CONFIRMED' },
      { event: 'CANCELLING' },
      { event: 'CANCELLED' },
    ]);
  });

  it('an order of which Inventory has not heard leaves a tombstone that nothing can revive', async () => {
    await givenStock(cluster.inventoryDatabase, 'given-up', 5);
    await cluster.inventory.stop('SIGKILL');
    const { body } = await cluster.client.place(
      { userId: 'u-1', sku: 'given-up', quantity: 2 },
      SOON,
    );
    for (let time = 0; time < 2; time += 1) {
      expect(await cluster.client.request(body.id, 'cancel', SOON)).toMatchObject({
        status: 202,
        body: { status: 'CANCELLING', cancelReason: 'REQUESTED' },
      });
    }
    await cluster.inventory.start();
    expect(await comesTo(body.id, 'CANCELLED')).toMatchObject({ cancelReason: 'REQUESTED' });
    const { reservation } = await byHand(body.id, 'given-up', 2);
    expect(reservation).toMatchObject({ state: 'RESERVATION_STATE_RELEASED' });
    expect(await levelOf('given-up')).toEqual({ onHand: 5, reserved: 0 });
    await cluster.awaitInventoryStatus('up');
  });
});

describe('fulfilling', () => {
  it('lets the units leave, and is safe to repeat', async () => {
    const id = await confirmed('leaving');
    for (let time = 0; time < 2; time += 1) {
      expect(await cluster.client.request(id, 'fulfill')).toMatchObject({
        status: 200,
        body: { id, status: 'FULFILLED' },
      });
    }
    expect(await levelOf('leaving')).toEqual({ onHand: 3, reserved: 0 });
  });

  it('accepts the path /fulfil as an alias of /fulfill', async () => {
    const id = await confirmed('alias');
    expect(await cluster.client.request(id, 'fulfil')).toMatchObject({
      status: 200,
      body: { id, status: 'FULFILLED' },
    });
    expect(await cluster.client.request(id, 'fulfill')).toMatchObject({ status: 200 });
    expect(await levelOf('alias')).toEqual({ onHand: 3, reserved: 0 });
  });

  it('while Inventory is away is 202, and is done when it is back', async () => {
    const id = await confirmed('later');
    await cluster.inventory.stop('SIGKILL');
    expect(await cluster.client.request(id, 'fulfill', SOON)).toMatchObject({
      status: 202,
      body: { status: 'FULFILLING' },
    });
    expect(await cluster.client.request(id, 'cancel', SOON)).toMatchObject(
      conflict('FULFILLING', []),
    );
    await cluster.inventory.start();
    await comesTo(id, 'FULFILLED');
    expect(await levelOf('later')).toEqual({ onHand: 3, reserved: 0 });
    await cluster.awaitInventoryStatus('up');
  });
});

describe('what an order does not allow', () => {
  it('is 409, with its status and what it does allow', async () => {
    const id = await confirmed('states');
    expect(await cluster.client.request(id, 'retry')).toMatchObject(
      conflict('CONFIRMED', ['cancel', 'fulfill']),
    );
    await cluster.client.request(id, 'fulfill');
    expect(await cluster.client.request(id, 'cancel')).toMatchObject(conflict('FULFILLED', []));
    const other = await cluster.client.place({ userId: 'u-1', sku: 'states', quantity: 1 });
    await cluster.client.request(other.body.id, 'cancel');
    expect(await cluster.client.request(other.body.id, 'fulfill')).toMatchObject(
      conflict('CANCELLED', []),
    );
    expect(await levelOf('states')).toEqual({ onHand: 3, reserved: 0 });
  });

  it('a PENDING order cannot be fulfilled, only cancelled', async () => {
    await givenStock(cluster.inventoryDatabase, 'undecided', 5);
    await cluster.withFrozenInventory(async () => {
      const { body } = await cluster.client.place(
        { userId: 'u-1', sku: 'undecided', quantity: 1 },
        SOON,
      );
      expect(await cluster.client.request(body.id, 'fulfill')).toMatchObject(
        conflict('PENDING', ['cancel']),
      );
    });
    await cluster.awaitQuiescence();
  });

  it.each(['cancel', 'fulfill', 'retry'])(
    '%s: an unknown order is 404, a bad id 400',
    async (what) => {
      expect(
        await cluster.client.request('01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55', what),
      ).toMatchObject({
        status: 404,
        body: { reason: 'ORDER_NOT_FOUND' },
      });
      expect(await cluster.client.request('nonsense', what)).toMatchObject({
        status: 400,
        body: { reason: 'INVALID_REQUEST', errors: [{ field: 'id' }] },
      });
    },
  );
});

it('a cancel and a fulfill on two instances: exactly one wins, and the stock agrees', async () => {
  const second = await cluster.addOrders();
  await second.start();
  try {
    await givenStock(cluster.inventoryDatabase, 'contested', 100);
    const outcomes = await Promise.all(
      times(20, async () => {
        const { body } = await cluster.client.place({
          userId: 'u-1',
          sku: 'contested',
          quantity: 1,
        });
        const [cancel, fulfill] = await Promise.all([
          cluster.client.request(body.id, 'cancel'),
          second.client.request(body.id, 'fulfill'),
        ]);
        const { body: ended } = await cluster.client.get(`/v1/orders/${body.id}`);
        return `cancel ${cancel.status}, fulfill ${fulfill.status}: ${ended.status}`;
      }),
    );
    const won = ['cancel 200, fulfill 409: CANCELLED', 'cancel 409, fulfill 200: FULFILLED'];
    expect(outcomes.filter((outcome) => !won.includes(outcome))).toEqual([]);
    const fulfilled = outcomes.filter((outcome) => outcome === won[1]).length;
    expect(await levelOf('contested')).toEqual({ onHand: 100 - fulfilled, reserved: 0 });
  } finally {
    await second.stop();
  }
});

describe('a reservation that somebody ends by hand in Inventory', () => {
  it('committed: the order can be fulfilled, and not cancelled', async () => {
    const [id, other] = [await confirmed('hand-1'), await confirmed('hand-2')];
    await cluster.inventoryClient.commitReservation({ reservationId: id });
    await cluster.inventoryClient.commitReservation({ reservationId: other });
    expect(await cluster.client.request(id, 'fulfill')).toMatchObject({ status: 200 });
    expect(await cluster.client.request(other, 'cancel')).toMatchObject(conflict('FULFILLED', []));
    expect(await cluster.client.get(`/v1/orders/${other}`)).toMatchObject({
      body: { status: 'FULFILLED' },
    });
  });

  it('released: the order can be cancelled, and not fulfilled', async () => {
    const [id, other] = [await confirmed('hand-3'), await confirmed('hand-4')];
    await cluster.inventoryClient.releaseReservation({ reservationId: id });
    await cluster.inventoryClient.releaseReservation({ reservationId: other });
    expect(await cluster.client.request(id, 'cancel')).toMatchObject({
      status: 200,
      body: { status: 'CANCELLED', cancelReason: 'REQUESTED' },
    });
    expect(await cluster.client.request(other, 'fulfill')).toMatchObject(conflict('CANCELLED', []));
    expect(await cluster.client.get(`/v1/orders/${other}`)).toMatchObject({
      body: { status: 'CANCELLED', cancelReason: 'RESERVATION_RELEASED' },
    });
  });

  it('committed before Orders was told: the order is CONFIRMED, and fulfilling finds it done', async () => {
    const id = await unheardOf('hand-5');
    await byHand(id, 'hand-5', 2);
    await cluster.inventoryClient.commitReservation({ reservationId: id });
    await ordersAgain();
    await comesTo(id, 'CONFIRMED');
    expect(await cluster.client.request(id, 'fulfill')).toMatchObject({ status: 200 });
    expect(await levelOf('hand-5')).toEqual({ onHand: 3, reserved: 0 });
  });

  it('used by somebody else: the order is CANCELLED, and theirs is left as it is', async () => {
    const id = await unheardOf('hand-6');
    await byHand(id, 'hand-6', 5);
    await ordersAgain();
    expect(await comesTo(id, 'CANCELLED')).toMatchObject({ cancelReason: 'RESERVATION_MISMATCH' });
    expect(await levelOf('hand-6')).toEqual({ onHand: 5, reserved: 5 });
  });
});

describe('an order whose units are missing', () => {
  const adjust = (adjustmentId: string, sku: string, delta: number) =>
    cluster.inventoryClient.adjustStock({
      ...{ adjustmentId, sku, delta, reason: 'count', actor: 'test' },
      allowShortfall: delta < 0,
    });
  const parkedIds = async (parked: boolean) => {
    const { body } = await cluster.client.get<{ orders: OrderBody[] }>(
      `/v1/orders?parked=${parked}`,
    );
    return body.orders.map(({ id }) => id);
  };

  it('is parked, holds up nobody, and is fulfilled on a retry after the delivery', async () => {
    const id = await confirmed('missing');
    await adjust('loss', 'missing', -4);
    expect(await cluster.client.request(id, 'fulfill')).toMatchObject({
      status: 202,
      body: { status: 'FULFILLING' },
    });
    await eventually('it is parked', async () => (await parkedIds(true)).includes(id));
    const { body: parked } = await cluster.client.get(`/v1/orders/${id}`);
    expect(parked).toMatchObject({ parkedAt: expect.any(String) as string });
    expect(await parkedIds(false)).not.toContain(id);
    expect((await eventsOf(id)).slice(2)).toMatchObject([
      { event: 'FULFILLING' },
      { event: 'REFUSED', reason: 'INSUFFICIENT_STOCK' },
      { event: 'PARKED', reason: 'INSUFFICIENT_STOCK' },
    ]);

    const other = await confirmed('not-missing');
    expect(await cluster.client.request(other, 'fulfill')).toMatchObject({ status: 200 });

    await adjust('delivery', 'missing', 4);
    expect(await cluster.client.request(id, 'retry')).toMatchObject({
      status: 200,
      body: { status: 'FULFILLED' },
    });
    expect(await levelOf('missing')).toEqual({ onHand: 3, reserved: 0 });
    expect(await parkedIds(true)).toEqual([]);
  });

  it('stays FULFILLING on a retry too early, and is parked again', async () => {
    const id = await confirmed('still-missing');
    await adjust('loss-2', 'still-missing', -5);
    await cluster.client.request(id, 'fulfill');
    await eventually('it is parked', async () => (await parkedIds(true)).includes(id));
    expect(await cluster.client.request(id, 'retry')).toMatchObject({
      status: 202,
      body: { status: 'FULFILLING' },
    });
    await eventually('it is parked again', async () => {
      const parkings = (await eventsOf(id)).filter(({ event }) => event === 'PARKED');
      return parkings.length === 2;
    });
    await cluster.inventoryClient.releaseReservation({ reservationId: id });
    expect(await cluster.client.request(id, 'retry')).toMatchObject({
      status: 200,
      body: { status: 'CANCELLED' },
    });
  });
});

describe('the accept-by time', () => {
  beforeAll(() => cluster.restartOrders({ ORDERS_ACCEPT_BY_SECONDS: '1' }));
  afterAll(() => cluster.restartOrders({ ORDERS_ACCEPT_BY_SECONDS: '30' }));

  it('ends an order that Inventory does not decide, and nothing stays held', async () => {
    await givenStock(cluster.inventoryDatabase, 'overdue', 5);
    await cluster.awaitInventoryStatus('up');
    const id = await cluster.withFrozenInventory(async () => {
      const { status, body } = await cluster.client.place(
        { userId: 'u-1', sku: 'overdue', quantity: 2 },
        SOON,
      );
      expect(status).toBe(202);
      expect(await comesTo(body.id, 'CANCELLING')).toMatchObject({
        cancelReason: 'ACCEPT_BY_PASSED',
      });
      return body.id;
    });
    expect(await comesTo(id, 'CANCELLED')).toMatchObject({ cancelReason: 'ACCEPT_BY_PASSED' });
    expect(await levelOf('overdue')).toEqual({ onHand: 5, reserved: 0 });
  });
});

describe('Request-Timeout-Ms', () => {
  it('says for how long the caller waits', async () => {
    await givenStock(cluster.inventoryDatabase, 'hurry', 5);
    await cluster.awaitInventoryStatus('up');
    await cluster.withFrozenInventory(async () => {
      const answer = await cluster.client.place({ userId: 'u-1', sku: 'hurry', quantity: 1 }, SOON);
      expect(answer).toMatchObject({ status: 202, body: { status: 'PENDING' } });
      expect(answer.tookMs).toBeLessThan(SOON_MS);
      const cancelled = await cluster.client.request(answer.body.id, 'cancel', SOON);
      expect(cancelled).toMatchObject({ status: 202, body: { status: 'CANCELLING' } });
      expect(cancelled.tookMs).toBeLessThan(SOON_MS);
    });
    await cluster.awaitQuiescence();
  });

  it.each(['0', 'soon', '-5', '1.5', '99999999'])('%j is 400, and writes nothing', async (wait) => {
    const headers = { 'Request-Timeout-Ms': wait };
    const userId = `waits-${wait}`;
    expect(
      await cluster.client.place({ userId, sku: 'hurry', quantity: 1 }, { headers }),
    ).toMatchObject({
      status: 400,
      body: { reason: 'INVALID_REQUEST', errors: [{ field: 'Request-Timeout-Ms' }] },
    });
    const { body } = await cluster.client.get<{ orders: OrderBody[] }>(
      `/v1/orders?userId=${userId}`,
    );
    expect(body.orders).toEqual([]);
  });
});
