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

const METADATA = { 'table.number': '12', channel: 'app', '7': '', emoji: '\u{1F355}' };

const place = (metadata: unknown, key?: string) =>
  cluster.client.place(
    { userId: 'u-1', sku: 'burger', quantity: 2, metadata },
    { headers: key === undefined ? {} : { 'Idempotency-Key': key } },
  );

it('is returned with the order, wherever it is read, and after it has changed', async () => {
  const placed = await place(METADATA);
  expect(placed).toMatchObject({ status: 201, body: { metadata: METADATA } });
  const { id } = placed.body;
  expect((await cluster.client.get(`/v1/orders/${id}`)).body).toEqual(placed.body);
  const { body: page } = await cluster.client.get<Page>('/v1/orders?userId=u-1&limit=1');
  expect(page.orders).toEqual([placed.body]);
  const reduced = await cluster.client.send(`/v1/orders/${id}`, {
    method: 'PATCH',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ items: [{ sku: 'burger', quantity: 1 }] }),
  });
  expect(reduced.body).toMatchObject({ status: 'CONFIRMED', metadata: METADATA });
  const fulfilled = await cluster.client.request(id, 'fulfill');
  expect(fulfilled.body).toMatchObject({ status: 'FULFILLED', metadata: METADATA });
});

it.each([undefined, null, {}])('is absent from an order sent with %j', async (metadata) => {
  const { status, body } = await place(metadata);
  expect(status).toBe(201);
  expect(body).not.toHaveProperty('metadata');
  expect((await cluster.client.get(`/v1/orders/${body.id}`)).body).toEqual(body);
});

describe('with an idempotency key', () => {
  it('is the same in another order of its keys, and composed or not', async () => {
    const first = await place({ name: 'caf\u00e9', size: 'L' }, 'order-of-keys');
    const again = await place({ size: 'L', name: 'cafe\u0301' }, 'order-of-keys');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('belongs to the contents of the order', async () => {
    const first = await place({ size: 'L' }, 'contents');
    for (const other of [{ size: 'M' }, { Size: 'L' }, { size: 'L', extra: '' }, {}, null]) {
      expect(await place(other, 'contents')).toMatchObject({
        status: 422,
        body: { reason: 'IDEMPOTENCY_KEY_REUSED', orderId: first.body.id },
      });
    }
  });

  it('may be absent, null or empty in an order without any', async () => {
    const first = await place(undefined, 'none');
    for (const none of [null, {}, undefined]) {
      expect(await place(none, 'none')).toMatchObject({ status: 201, body: { id: first.body.id } });
    }
  });
});

it.each([
  [{ color: 7 }, 'metadata.color must be text, not a number; put it in quotes'],
  [{ 'my color': 'red' }, 'metadata.my color must have a key of 1 to 40 characters out of '],
  [{ constructor: 'x' }, 'metadata.constructor is a reserved name; remove it or use another one'],
  [{ a: { b: { c: 'x' } } }, 'metadata.a must be text, not an object; write it as text'],
])('%j is rejected with the fault and its remedy', async (metadata, detail) => {
  const { status, body } = await place(metadata);
  expect({ status, reason: body.reason }).toEqual({ status: 400, reason: 'INVALID_REQUEST' });
  expect(body.errors).toHaveLength(1);
  expect((body.errors as { detail: string }[])[0]?.detail).toContain(detail);
});

it('names each faulty entry, together with other faults', async () => {
  const { body } = await cluster.client.place({
    ...{ userId: 'u-1', sku: 'burger', quantity: 0 },
    metadata: { color: 7, size: 'L', note: null },
  });
  const fields = (body.errors as { field: string }[]).map(({ field }) => field);
  expect(fields).toEqual(['metadata.color', 'metadata.note', 'quantity']);
});

it('has up to 16 keys and 8,192 bytes, all of which are returned', async () => {
  const largest = Object.fromEntries(
    Array.from({ length: 16 }, (_each, nth) => [`k${nth}`.padEnd(40, '-'), '"'.repeat(472)]),
  );
  const { status, body } = await place(largest);
  expect({ status, metadata: body.metadata }).toEqual({ status: 201, metadata: largest });
  expect((await place({ ...largest, more: '' })).body).toMatchObject({
    detail: 'metadata must have at most 16 keys, not 17',
  });
});
