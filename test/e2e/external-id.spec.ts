import type { OrderBody } from '../harness/orders-client';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';

interface Page {
  readonly orders: readonly OrderBody[];
}

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster({ INVENTORY_SEED_STOCK: 'burger=1000' });
});

afterAll(() => cluster.stop());

const BURGER = { userId: 'u-1', sku: 'burger', quantity: 1 };

const place = (externalId: unknown, key?: string) =>
  cluster.client.place(
    { ...BURGER, externalId },
    { headers: key === undefined ? {} : { 'Idempotency-Key': key } },
  );

const withExternalId = async (externalId: string, more = ''): Promise<string[]> => {
  const search = new URLSearchParams({ externalId });
  const { body } = await cluster.client.get<Page>(`/v1/orders?${search.toString()}${more}`);
  return body.orders.map(({ id }) => id);
};

it('is returned with the order, wherever it is read, and after it has changed', async () => {
  const placed = await place('shop/1042');
  expect(placed).toMatchObject({ status: 201, body: { externalId: 'shop/1042' } });
  const { id } = placed.body;
  const read = await cluster.client.get(`/v1/orders/${id}`);
  expect(read.body).toEqual(placed.body);
  const cancelled = await cluster.client.request(id, 'cancel');
  expect(cancelled.body).toMatchObject({ status: 'CANCELLED', externalId: 'shop/1042' });
});

it.each([undefined, null])('is absent from an order that was sent with %s', async (externalId) => {
  const { status, body } = await place(externalId);
  expect(status).toBe(201);
  expect(body).not.toHaveProperty('externalId');
});

it('finds its orders, of which there may be several', async () => {
  const ids: string[] = [];
  for (let count = 0; count < 3; count += 1) ids.unshift((await place('several')).body.id);
  await place('Several');
  expect(await withExternalId('several')).toEqual(ids);
  expect(await withExternalId('several', '&limit=1')).toEqual(ids.slice(0, 1));
  expect(await withExternalId('several', '&userId=u-1&sku=burger&direction=asc')).toEqual(
    [...ids].reverse(),
  );
  expect(await withExternalId('several', '&userId=u-2')).toEqual([]);
  expect(await withExternalId('severa')).toEqual([]);
});

it('is the same text whether its accents are composed or not', async () => {
  const { body } = await place('caf\u0065\u0301');
  expect(body).toMatchObject({ externalId: 'caf\u00e9' });
  expect(await withExternalId('caf\u0065\u0301')).toEqual([body.id]);
});

it('belongs to the contents of an order with a key', async () => {
  const first = await place('one', 'external');
  expect((await place('one', 'external')).body).toEqual(first.body);
  for (const other of ['two', null]) {
    expect(await place(other, 'external')).toMatchObject({
      status: 422,
      body: { reason: 'IDEMPOTENCY_KEY_REUSED', orderId: first.body.id },
    });
  }
});

it.each([
  ['empty', ''],
  ['too long', 'x'.repeat(129)],
  ['a number', 7],
  ['a NUL', 'a\0b'],
])('is rejected if it is %s', async (_what, externalId) => {
  expect(await place(externalId)).toMatchObject({
    status: 400,
    body: { reason: 'INVALID_REQUEST', errors: [{ field: 'externalId' }] },
  });
});
