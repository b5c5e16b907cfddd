import { status as GrpcStatus } from '@grpc/grpc-js';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';

const COMPOSED = 'Rene\u0301e'.normalize('NFC');
const DECOMPOSED = COMPOSED.normalize('NFD');
const TOO_MANY_MARKS = `a${'\u0301'.repeat(31)}`;
const PIZZA = '\u{1F355}';

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster();
  await givenStock(cluster.inventoryDatabase, 'cafe', 1_000);
});

afterAll(async () => {
  const broken = await cluster.inventoryDatabase.differences();
  await cluster.stop();
  expect(broken).toEqual([]);
});

const place = (fields: object, key?: string) =>
  cluster.client.place(
    { sku: 'cafe', quantity: 1, ...fields },
    { headers: key === undefined ? {} : { 'Idempotency-Key': key } },
  );

describe('a customer', () => {
  it('is the same with composed and with combining accents', async () => {
    const first = await place({ userId: DECOMPOSED, note: DECOMPOSED }, 'k-1');
    expect(first).toMatchObject({ status: 201, body: { userId: COMPOSED, note: COMPOSED } });
    const again = await place({ userId: COMPOSED, note: COMPOSED }, 'k-1');
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    for (const userId of [COMPOSED, DECOMPOSED]) {
      const query = new URLSearchParams({ userId }).toString();
      const { body } = await cluster.client.get<{ orders: unknown[] }>(`/v1/orders?${query}`);
      expect(body.orders).toEqual([first.body]);
    }
  });

  it.each([
    ['accent', 'Rene\u00e9', 'Rene\u00e8'],
    ['case', 'renate', 'Renate'],
    ['alphabet', 'anna', '\u0430nna'],
    ['width', 'max', '\uff4dax'],
    ['ligature', 'fina', '\ufb01na'],
    ['space at the end', 'tom', 'tom '],
  ])('is another one with another %s', async (what, one, other) => {
    const [first, next] = [
      await place({ userId: one }, what.replaceAll(' ', '-')),
      await place({ userId: other }, what.replaceAll(' ', '-')),
    ];
    expect([first.status, next.status]).toEqual([201, 201]);
    expect(next.body.id).not.toBe(first.body.id);
    expect(next.body).toMatchObject({ userId: other });
  });
});

it('a limit of characters counts code points', async () => {
  expect(await place({ userId: PIZZA.repeat(128), note: PIZZA.repeat(500) })).toMatchObject({
    status: 201,
    body: { userId: PIZZA.repeat(128), note: PIZZA.repeat(500) },
  });
  for (const field of [{ userId: PIZZA.repeat(129) }, { note: PIZZA.repeat(501) }]) {
    expect(await place({ userId: 'u', ...field })).toMatchObject({ status: 400 });
  }
});

it('text with more combining marks than any language needs is rejected', async () => {
  expect(await place({ userId: 'u', note: TOO_MANY_MARKS })).toMatchObject({
    status: 400,
    body: { detail: 'note must not have more than 30 combining marks in a row' },
  });
});

describe('an adjustment', () => {
  const adjustment = (fields: object) => ({
    adjustmentId: 'accents',
    sku: 'cafe',
    delta: 1,
    reason: 'count',
    actor: 'ann',
    allowShortfall: false,
    ...fields,
  });

  it('is the same with composed and with combining accents', async () => {
    const { inventoryClient: client } = cluster;
    const first = await client.adjustStock(adjustment({ reason: DECOMPOSED, actor: DECOMPOSED }));
    expect(first.movement).toMatchObject({ reason: COMPOSED, actor: COMPOSED });
    const again = await client.adjustStock(adjustment({ reason: COMPOSED, actor: DECOMPOSED }));
    expect(again).toMatchObject({ alreadyRecorded: true, movement: first.movement });
  });

  it.each(['reason', 'actor'])('with too many combining marks in %s is rejected', async (field) => {
    const request = adjustment({ adjustmentId: 'marks', [field]: TOO_MANY_MARKS });
    await expect(cluster.inventoryClient.adjustStock(request)).rejects.toMatchObject({
      code: GrpcStatus.INVALID_ARGUMENT,
      details: `${field} must not have more than 30 combining marks in a row`,
    });
  });
});

it('a SKU in another case is another SKU on both wires', async () => {
  expect(await place({ userId: 'u', sku: 'Cafe' })).toMatchObject({
    status: 409,
    body: { shortages: [{ sku: 'Cafe', reason: 'UNKNOWN_SKU' }] },
  });
  const { levels } = await cluster.inventoryClient.getStock({ skus: ['Cafe', 'cafe'] });
  expect(levels).toMatchObject([{ known: false }, { known: true }]);
});
