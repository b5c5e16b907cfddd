import { randomUUID } from 'node:crypto';
import { EventFollower } from '../harness/event-follower';
import { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';

interface StockEvent {
  readonly sku: string;
  readonly available: number;
  readonly changedAt: string;
}

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await ServiceCluster.start({ orders: 2, env: { ORDERS_INVENTORY_TIMEOUT_MS: '5000' } });
});

afterAll(() => cluster.stop({ verify: false }));

const pathOf = (skus: readonly string[]): string => `/v1/stock-events?skus=${skus.join(',')}`;

const follow = (skus: readonly string[], lastEventId?: string, instance = 0) => {
  const { url = '' } = cluster.ordersInstances[instance] ?? {};
  return EventFollower.at<StockEvent>(url + pathOf(skus), lastEventId);
};

const lastOf = (follower: EventFollower<StockEvent>, sku: string) =>
  follower.events.filter((event) => event.sku === sku).at(-1)?.available;

const untilLast = (follower: EventFollower<StockEvent>, sku: string, available: number) =>
  eventually(`${sku} has ${available}`, () => lastOf(follower, sku) === available);

const order = async (sku: string, quantity = 1): Promise<void> => {
  const { status } = await cluster.client.place({ userId: 'u-1', sku, quantity });
  expect(status).toBe(201);
};

const deliver = (sku: string, delta: number) =>
  cluster.inventoryClient.adjustStock({
    adjustmentId: randomUUID(),
    sku,
    delta,
    reason: 'delivery',
    actor: 'test',
    allowShortfall: false,
  });

it('streams the present levels, and then every change of these SKUs', async () => {
  for (const sku of ['tea', 'milk', 'other']) await deliver(sku, 20);
  const follower = await follow(['tea', 'milk', 'tea']);
  await follower.until(2);
  expect(follower.events.map(({ sku, available }) => [sku, available]).sort()).toEqual([
    ['milk', 20],
    ['tea', 20],
  ]);
  await order('other');
  await order('tea', 3);
  await deliver('milk', 5);
  await untilLast(follower, 'tea', 17);
  await untilLast(follower, 'milk', 25);
  expect(lastOf(follower, 'other')).toBeUndefined();
  follower.stop();
});

it('resumes at any instance with what has changed meanwhile, and repeats nothing', async () => {
  for (const sku of ['rice', 'beans']) await deliver(sku, 20);
  const first = await follow(['rice', 'beans']);
  await first.until(2);
  first.stop();
  await order('beans', 4);
  const resumed = await follow(['beans', 'rice'], first.ids.at(-1), 1);
  await untilLast(resumed, 'beans', 16);
  expect(resumed.events.map(({ sku }) => sku)).toEqual(['beans']);
  resumed.stop();
});

it('reports a SKU when it becomes known', async () => {
  const follower = await follow(['future']);
  await deliver('future', 7);
  await untilLast(follower, 'future', 7);
  follower.stop();
});

it('follows 100 SKUs', async () => {
  const skus = times(100, (nth) => `${'s'.repeat(55)}-${nth}`);
  await givenStock(cluster.inventoryDatabase, skus, 10);
  const follower = await follow(skus);
  await follower.until(100);
  follower.stop();
  await order(skus[42] ?? '');
  const resumed = await follow(skus, follower.ids.at(-1));
  await untilLast(resumed, skus[42] ?? '', 9);
  expect(resumed.events).toHaveLength(1);
  resumed.stop();
});

it('outlasts the loss of Inventory, and goes on where it was', async () => {
  await deliver('lost', 20);
  const follower = await follow(['lost']);
  await follower.until(1);
  await cluster.inventory.stop('SIGKILL');
  const late = await follow(['lost']);
  await cluster.inventory.start();
  await deliver('lost', 1);
  await untilLast(follower, 'lost', 21);
  await untilLast(late, 'lost', 21);
  expect(follower.events.map(({ available }) => available)).toEqual([20, 21]);
  expect(follower.ended).toBe(false);
  follower.stop();
  late.stop();
});

describe('rejects', () => {
  it.each([
    ['no SKU', ''],
    ['an invalid SKU', '?skus=a,b%20c'],
    ['an empty SKU', '?skus=a,,b'],
    ['more than 100 SKUs', `?skus=${times(101, (nth) => `s${nth}`).join(',')}`],
  ])('%s', async (_what, query) => {
    expect(await cluster.client.get(`/v1/stock-events${query}`)).toMatchObject({
      status: 400,
      body: { reason: 'INVALID_REQUEST', errors: [{ field: 'skus' }] },
    });
  });

  it('the token of a stream of other SKUs', async () => {
    await deliver('mine', 1);
    const follower = await follow(['mine']);
    await follower.until(1);
    follower.stop();
    const headers = { 'Last-Event-ID': follower.ids[0] ?? '' };
    expect(await cluster.client.send(pathOf(['yours']), { headers })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'Last-Event-ID' }] },
    });
  });

  it('the token of another history, with 409', async () => {
    await deliver('undone', 1);
    const follower = await follow(['undone']);
    await follower.until(1);
    follower.stop();
    await cluster.inventoryDatabase.query('alter table stock_movement disable trigger user');
    await cluster.inventoryDatabase.query(`delete from stock_movement where sku = 'undone'`);
    await cluster.inventoryDatabase.query('alter table stock_movement enable trigger user');
    const headers = { 'Last-Event-ID': follower.ids[0] ?? '' };
    expect(await cluster.client.send(pathOf(['undone']), { headers })).toMatchObject({
      status: 409,
      body: { reason: 'HISTORY_CHANGED' },
    });
  });
});

it('ends after maxSeconds', async () => {
  await deliver('short', 3);
  const { body } = await cluster.client.get<string>(`${pathOf(['short'])}&maxSeconds=1`);
  expect(body).toMatch(/^retry: 1000\n\nid: [\w-]+\ndata: {"sku":"short","available":3,/);
});
