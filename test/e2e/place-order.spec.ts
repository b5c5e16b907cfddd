import { givenStock } from '../harness/stock';
import { type OrderBody } from '../harness/orders-client';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { eventually, times } from '../harness/wait';

interface Page {
  readonly orders: readonly OrderBody[];
  readonly nextCursor: string | null;
}

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster({ INVENTORY_SEED_STOCK: 'burger=5,pizza=10' });
});

afterAll(async () => {
  const broken = await cluster.inventoryDatabase.differences();
  await cluster.stop();
  expect(broken).toEqual([]);
});

describe("the tutorial's flow", () => {
  it('confirms an order for 2 burgers, rejects one for 4 because 3 are left, and returns both', async () => {
    const placed = await cluster.client.place({
      userId: 'u-1',
      sku: 'burger',
      quantity: 2,
      note: 'no onions',
    });
    expect(placed.status).toBe(201);
    expect(placed.body).toMatchObject({
      id: expect.stringMatching(UUID_V7) as string,
      userId: 'u-1',
      note: 'no onions',
      status: 'CONFIRMED',
      sku: 'burger',
      quantity: 2,
      items: [{ sku: 'burger', quantity: 2 }],
    });
    expect(placed.headers.get('location')).toBe(`/v1/orders/${placed.body.id}`);

    const refused = await cluster.client.place({ userId: 'u-1', sku: 'burger', quantity: 4 });
    expect(refused.status).toBe(409);
    expect(refused.headers.get('content-type')).toContain('application/problem+json');
    expect(refused.body).toMatchObject({
      reason: 'INSUFFICIENT_STOCK',
      detail: 'Not enough stock: burger (4 requested, 3 available).',
      shortages: [{ sku: 'burger', requested: 4, available: 3, reason: 'NOT_ENOUGH' }],
    });

    const shown = await cluster.client.get(`/v1/orders/${placed.body.id}`);
    expect(shown).toMatchObject({ status: 200, body: placed.body });
    const cancelled = await cluster.client.get(`/v1/orders/${String(refused.body.orderId)}`);
    expect(cancelled.body).toMatchObject({
      status: 'CANCELLED',
      cancelReason: 'INSUFFICIENT_STOCK',
      shortages: [{ sku: 'burger', available: 3 }],
    });
  });

  it('holds the stock in Inventory under the id of the order', async () => {
    const { body } = await cluster.client.place({ userId: 'u-2', sku: 'pizza', quantity: 1 });
    const { reservation } = await cluster.inventoryClient.getReservation({
      reservationId: body.id,
    });
    expect(reservation).toMatchObject({
      state: 'RESERVATION_STATE_HELD',
      lines: [{ sku: 'pizza', quantity: 1 }],
    });
  });
});

describe('a basket', () => {
  it('is confirmed as a whole and has no single sku', async () => {
    const { status, body } = await cluster.client.place({
      userId: 'u-3',
      items: [
        { sku: 'pizza', quantity: 1 },
        { sku: 'burger', quantity: 1 },
      ],
    });
    expect(status).toBe(201);
    expect(body.items).toEqual([
      { sku: 'pizza', quantity: 1 },
      { sku: 'burger', quantity: 1 },
    ]);
    expect(body).not.toHaveProperty('sku');
  });

  it('is rejected as a whole with every short line', async () => {
    const { status, body } = await cluster.client.place({
      userId: 'u-3',
      items: [
        { sku: 'pizza', quantity: 99 },
        { sku: 'burger', quantity: 1 },
        { sku: 'salad', quantity: 1 },
      ],
    });
    expect({ status, reason: body.reason }).toEqual({ status: 409, reason: 'UNKNOWN_SKU' });
    expect(body.shortages).toMatchObject([
      { sku: 'pizza', requested: 99, reason: 'NOT_ENOUGH' },
      { sku: 'salad', requested: 1, available: 0, reason: 'UNKNOWN_SKU' },
    ]);
  });
});

describe('an order of a SKU that Inventory does not have', () => {
  it('is UNKNOWN_SKU, and names the SKU that differs only in case', async () => {
    const place = (sku: string) => cluster.client.place({ userId: 'u-4', sku, quantity: 1 });
    // The cache of SKUs is filled after the start.
    const answer = await eventually('the SKU is suggested', async () => {
      const { status, body } = await place('BURGER');
      expect({ status, reason: body.reason }).toEqual({ status: 409, reason: 'UNKNOWN_SKU' });
      return String(body.detail).includes('did you mean') && body;
    });
    expect(answer).toMatchObject({
      detail: 'Not enough stock: BURGER (not a known SKU; did you mean burger?).',
      shortages: [{ sku: 'BURGER', requested: 1, available: 0, reason: 'UNKNOWN_SKU' }],
    });
    const { body } = await place('burgers');
    expect(body.detail).toBe('Not enough stock: burgers (not a known SKU).');
    expect(await cluster.client.get('/v1/stock/Pizza')).toMatchObject({
      status: 404,
      body: { reason: 'SKU_NOT_FOUND', detail: 'There is no SKU Pizza; did you mean pizza?' },
    });
  });
});

describe('the list of orders', () => {
  it('is sorted newest first, in pages that new orders do not shift', async () => {
    const userId = 'lister';
    const placed: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const { body } = await cluster.client.place({ userId, sku: 'nothing', quantity: 1 });
      placed.unshift(String(body.orderId));
    }
    const first = await cluster.client.get<Page>(`/v1/orders?userId=${userId}&limit=2`);
    await cluster.client.place({ userId, sku: 'nothing', quantity: 1 });
    const second = await cluster.client.get<Page>(
      `/v1/orders?userId=${userId}&limit=2&cursor=${first.body.nextCursor}`,
    );
    const third = await cluster.client.get<Page>(
      `/v1/orders?userId=${userId}&limit=2&cursor=${second.body.nextCursor}`,
    );
    const pages = [first, second, third].flatMap(({ body }) => body.orders.map(({ id }) => id));
    expect(pages).toEqual(placed);
    expect(third.body.nextCursor).toBeNull();
  });

  it('can be filtered by status, by item and by both', async () => {
    const confirmed = await cluster.client.get<Page>('/v1/orders?status=CONFIRMED');
    expect(confirmed.body.orders.length).toBeGreaterThan(0);
    expect(new Set(confirmed.body.orders.map(({ status }) => status))).toEqual(
      new Set(['CONFIRMED']),
    );
    const salads = await cluster.client.get<Page>('/v1/orders?sku=salad');
    expect(salads.body.orders).toHaveLength(1);
    const none = await cluster.client.get<Page>('/v1/orders?sku=salad&status=CONFIRMED');
    expect(none.body).toEqual({ orders: [], nextCursor: null });
  });
});

describe('unknown resources', () => {
  it('return 404 for an order or a path, and 405 with Allow for a method', async () => {
    const unknown = await cluster.client.get('/v1/orders/01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55');
    expect(unknown).toMatchObject({ status: 404, body: { reason: 'ORDER_NOT_FOUND' } });
    expect(await cluster.client.get('/nowhere')).toMatchObject({
      status: 404,
      body: { reason: 'ROUTE_NOT_FOUND' },
    });
    const wrong = await cluster.client.send('/v1/orders', { method: 'DELETE' });
    expect(wrong).toMatchObject({ status: 405, body: { reason: 'METHOD_NOT_ALLOWED' } });
    expect(wrong.headers.get('allow')).toBe('GET, POST');
  });
});

it('200 parallel orders over two instances of each service for 5 burgers: exactly 5 are confirmed', async () => {
  await givenStock(cluster.inventoryDatabase, 'last-burger', 5);
  const inventory = await cluster.addInventory();
  const orders = await cluster.addOrders();
  try {
    await Promise.all([inventory.start(), orders.start()]);
    const answers = await Promise.all(
      times(200, async (index) => {
        const { client } = index % 2 ? cluster.orders : orders;
        const order = { userId: `u-${index}`, sku: 'last-burger', quantity: 1 };
        return (await client.place(order)).status;
      }),
    );
    const count = (status: number) => answers.filter((answer) => answer === status).length;
    // A slow machine may leave some orders undecided at first. No more than five may be confirmed.
    expect(count(201) + count(202) + count(409)).toBe(200);
    await cluster.awaitQuiescence();
    const confirmed = await cluster.ordersDatabase.query(
      `select o.id from orders o join order_item i on i.order_id = o.id
        where i.sku = 'last-burger' and o.status = 'CONFIRMED'`,
    );
    expect(confirmed).toHaveLength(5);
    const { levels } = await cluster.inventoryClient.getStock({ skus: ['last-burger'] });
    expect(levels).toMatchObject([{ onHand: 5, reserved: 5, available: 0 }]);
  } finally {
    await Promise.all([orders.stop(), inventory.stop()]);
  }
});
