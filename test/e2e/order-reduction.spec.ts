import { givenStock } from '../harness/stock';
import { times } from '../harness/wait';
import { cluster, conflict, fixture, SHORT_TIMEOUT, useOrderCluster } from './order-fixture';

useOrderCluster();

const keep = (
  id: string,
  items: unknown,
  { client, headers = {} }: { client?: typeof cluster.client; headers?: object } = {},
) =>
  (client ?? cluster.client).send<Record<string, unknown>>(`/v1/orders/${id}`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ items }),
  });

/** Places an order of 2 units of each SKU, of which there are 5. */
const basket = async (...skus: string[]): Promise<string> => {
  await givenStock(cluster.inventoryDatabase, skus, 5);
  const items = skus.map((sku) => ({ sku, quantity: 2 }));
  const { status, body } = await cluster.client.place({ userId: 'u-1', items });
  expect(status).toBe(201);
  return body.id;
};

describe('a PATCH', () => {
  it('cancels a single line and reduces another; the units can be sold at once', async () => {
    const id = await basket('ham', 'egg', 'oat');
    const { status, body } = await keep(id, [
      { sku: 'ham', quantity: 0 },
      { sku: 'egg', quantity: 1 },
    ]);
    expect([status, body.status]).toEqual([200, 'CONFIRMED']);
    expect(body.items).toEqual([
      { sku: 'egg', quantity: 1 },
      { sku: 'oat', quantity: 2 },
    ]);
    expect(body.originalItems).toEqual(['ham', 'egg', 'oat'].map((sku) => ({ sku, quantity: 2 })));
    expect(await fixture.levelOf('ham')).toEqual({ onHand: 5, reserved: 0 });
    expect(await fixture.levelOf('egg')).toEqual({ onHand: 5, reserved: 1 });
    const other = await cluster.client.place({ userId: 'u-2', sku: 'ham', quantity: 5 });
    expect(other.status).toBe(201);
    await cluster.client.request(id, 'fulfill');
    expect(await fixture.levelOf('egg')).toEqual({ onHand: 4, reserved: 0 });
    expect((await fixture.eventsOf(id)).map(({ event }) => event)).toEqual([
      ...['PLACED', 'CONFIRMED', 'REDUCING', 'CONFIRMED', 'FULFILLING', 'FULFILLED'],
    ]);
  });

  it('is repeatable, and appears in the timeline and in lists', async () => {
    const id = await basket('rye');
    for (let time = 0; time < 2; time += 1) {
      const { status, body } = await keep(id, [{ sku: 'rye', quantity: 1 }]);
      expect([status, body.quantity]).toEqual([200, 1]);
    }
    const { body } = await cluster.client.get<{ events: object[] }>(`/v1/orders/${id}/timeline`);
    expect(body.events).toMatchObject([
      { event: 'PLACED' },
      { event: 'CONFIRMED' },
      { event: 'REDUCING', status: 'REDUCING', actor: 'CUSTOMER' },
      { event: 'CONFIRMED', reason: 'HELD', attempt: 1 },
    ]);
    const list = await cluster.client.get<{ orders: object[] }>('/v1/orders?sku=rye');
    expect(list.body.orders).toMatchObject([{ id, quantity: 1 }]);
  });

  it('returns 202 while Inventory is unavailable and completes afterwards', async () => {
    const id = await basket('late');
    await cluster.inventory.stop('SIGKILL');
    const later = await keep(id, [{ sku: 'late', quantity: 1 }], SHORT_TIMEOUT);
    expect(later).toMatchObject({ status: 202, body: { status: 'REDUCING', quantity: 1 } });
    expect(await cluster.client.request(id, 'fulfill', SHORT_TIMEOUT)).toMatchObject(
      conflict('REDUCING', ['cancel']),
    );
    await cluster.inventory.start();
    await fixture.untilStatus(id, 'CONFIRMED');
    expect(await fixture.levelOf('late')).toEqual({ onHand: 5, reserved: 1 });
    await cluster.awaitInventoryStatus('up');
  });

  it('has no effect if the order allows no reduction', async () => {
    const id = await basket('full');
    await cluster.client.request(id, 'fulfill');
    expect(await keep(id, [{ sku: 'full', quantity: 1 }])).toMatchObject(conflict('FULFILLED', []));
    expect(
      await keep('01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55', [{ sku: 'a', quantity: 1 }]),
    ).toMatchObject({ status: 404, body: { reason: 'ORDER_NOT_FOUND' } });
  });
});

describe('a PATCH that is rejected', () => {
  let id: string;

  beforeAll(async () => {
    id = await basket('soup', 'stew');
  });

  it.each([
    [
      'more units',
      [{ sku: 'soup', quantity: 3 }],
      'QUANTITY_INCREASED',
      'soup (3 requested, 2 in the order)',
    ],
    ['no units', ['soup', 'stew'].map((sku) => ({ sku, quantity: 0 })), 'NOTHING_LEFT', '/cancel'],
  ])('names %s', async (_what, items, reason, detail) => {
    const { status, body } = await keep(id, items);
    expect({ status, reason: body.reason }).toEqual({ status: 409, reason });
    expect(body.detail).toContain(detail);
  });

  it.each<[string, unknown, string, string]>([
    [
      'another SKU',
      [{ sku: 'tofu', quantity: 0 }],
      'items[0].sku',
      'must be one of the order: soup, stew',
    ],
    ['a negative quantity', [{ sku: 'soup', quantity: -1 }], 'items[0].quantity', 'must be >= 0'],
    [
      'half a unit',
      [{ sku: 'soup', quantity: 0.5 }],
      'items[0].quantity',
      'must be a whole number',
    ],
    ['no quantity', [{ sku: 'soup' }], 'items[0].quantity', 'is required'],
    ['no items', [], 'items', 'must have 1 to 100 items, not 0'],
    ['nothing', undefined, 'items', 'is required'],
    [
      'a SKU twice',
      times(2, (quantity) => ({ sku: 'soup', quantity })),
      'items',
      'must name each SKU once',
    ],
  ])('has %s', async (_what, items, field, fault) => {
    const { status, body } = await keep(id, items);
    expect(status).toBe(400);
    const [first] = body.errors as { field: string; fault?: string; detail?: string }[];
    expect(first?.field).toBe(field);
    expect(JSON.stringify(first)).toContain(fault);
  });

  afterAll(async () => {
    const { body } = await cluster.client.get(`/v1/orders/${id}`);
    expect(body).toMatchObject({ status: 'CONFIRMED' });
    expect(body).not.toHaveProperty('originalItems');
  });
});

it('reductions, cancels and fulfills race at two instances, and the databases agree', async () => {
  const second = await cluster.addOrders();
  await second.start();
  try {
    await givenStock(cluster.inventoryDatabase, 'race', 200);
    await Promise.all(
      times(20, async (index) => {
        const { body } = await cluster.client.place({ userId: 'u-1', sku: 'race', quantity: 4 });
        await Promise.all([
          keep(body.id, [{ sku: 'race', quantity: 2 }]),
          keep(body.id, [{ sku: 'race', quantity: 1 }], { client: second.client }),
          second.client.request(body.id, index % 2 ? 'fulfill' : 'cancel'),
        ]);
      }),
    );
    await cluster.awaitQuiescence();
    const { orders } = (
      await cluster.client.get<{ orders: { status: string; quantity: number }[] }>(
        '/v1/orders?sku=race&limit=100',
      )
    ).body;
    const units = (status: string) =>
      orders.reduce((sum, each) => sum + (each.status === status ? each.quantity : 0), 0);
    expect(await fixture.levelOf('race')).toEqual({
      onHand: 200 - units('FULFILLED'),
      reserved: units('CONFIRMED'),
    });
  } finally {
    await second.stop();
  }
});
