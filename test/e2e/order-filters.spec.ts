import type { OrderBody } from '../harness/orders-client';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';

interface Page {
  readonly orders: readonly OrderBody[];
  readonly nextCursor: string | null;
}

let cluster: ServiceCluster;
let placed: OrderBody[];

beforeAll(async () => {
  cluster = await startCluster();
  await givenStock(cluster.inventoryDatabase, 'soup', 3);
  placed = [];
  for (let count = 0; count < 4; count += 1) {
    const { body } = await cluster.client.place({ userId: 'filter', sku: 'soup', quantity: 1 });
    const id = (body.orderId as string | undefined) ?? body.id;
    placed.push((await cluster.client.get(`/v1/orders/${id}`)).body);
  }
});

afterAll(() => cluster.stop());

const ids = (orders: readonly OrderBody[]): string[] => orders.map(({ id }) => id);

/** Reads all pages of two orders. */
const readAll = async (query: Record<string, string>): Promise<string[]> => {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const search = new URLSearchParams({ userId: 'filter', limit: '2', ...query });
    if (cursor !== null) search.set('cursor', cursor);
    const { status, body }: { status: number; body: Page } = await cluster.client.get<Page>(
      `/v1/orders?${search.toString()}`,
    );
    expect(status).toBe(200);
    found.push(...ids(body.orders));
    cursor = body.nextCursor;
  } while (cursor !== null);
  return found;
};

it('lists in both directions', async () => {
  expect(await readAll({ direction: 'asc' })).toEqual(ids(placed));
  expect(await readAll({ direction: 'desc' })).toEqual(ids(placed).reverse());
});

it('lists several statuses, separated by commas or in repeated parameters', async () => {
  const [first, second, third, rejected] = ids(placed);
  expect(await readAll({ status: 'CANCELLED' })).toEqual([rejected]);
  expect(await readAll({ status: 'CONFIRMED,CANCELLED', direction: 'asc' })).toEqual(ids(placed));
  const { body } = await cluster.client.get<Page>(
    '/v1/orders?userId=filter&status=CONFIRMED&status=PENDING&status=CONFIRMED',
  );
  expect(ids(body.orders)).toEqual([third, second, first]);
});

it('lists what was created in a window of time, by the times that orders show', async () => {
  const all = [...placed];
  const times = all.map(({ createdAt }) => createdAt);
  const middle = String(times[2]);
  const before = all.filter(({ createdAt }) => String(createdAt) < middle);
  const after = all.filter(({ createdAt }) => String(createdAt) >= middle);
  expect(await readAll({ direction: 'asc', createdBefore: middle })).toEqual(ids(before));
  expect(await readAll({ direction: 'asc', createdAfter: middle })).toEqual(ids(after));
});

it('lists what has changed since a time, by the last change', async () => {
  const [first] = placed;
  const { body } = await cluster.client.request(String(first?.id), 'cancel');
  expect(body.status).toBe('CANCELLED');
  const everything = { updatedSince: String(first?.createdAt), direction: 'asc' };
  expect((await readAll(everything)).at(-1)).toBe(first?.id);
  expect(await readAll({ updatedSince: String(body.updatedAt) })).toEqual([first?.id]);
});

it.each([
  ['createdAfter=yesterday', 'createdAfter', 'must be a time such as 2026-11-23T12:00:00.000Z'],
  ['updatedSince=2026-11-23T12:00:00+01:00', 'updatedSince', 'write the + of an offset as %2B'],
  [
    'createdAfter=2026-11-23T12:00:00Z&createdBefore=2026-11-23T12:00:00Z',
    'createdBefore',
    'must be later than createdAfter',
  ],
  ['status=CONFIRMED,LOST', 'status', 'must be one of PENDING, CONFIRMED'],
  ['status=', 'status', 'must be one of PENDING, CONFIRMED'],
  ['direction=up', 'direction', 'must be desc or asc'],
  [
    'cursor=1.01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55',
    'cursor',
    'nextCursor of an earlier page of this',
  ],
  [
    'updatedSince=2026-11-23T12:00:00Z&cursor=01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55',
    'cursor',
    'nextCursor of an earlier page of this list',
  ],
])('rejects %s', async (query, field, fault) => {
  const { status, body } = await cluster.client.get<{
    errors: { field: string; detail: string }[];
  }>(`/v1/orders?${query}`);
  expect(status).toBe(400);
  expect(body.errors).toEqual([
    expect.objectContaining({ field, detail: expect.stringContaining(fault) as string }),
  ]);
});
