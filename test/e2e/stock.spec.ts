import { givenStock } from '../harness/stock';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { eventually, times } from '../harness/wait';

/** Wide enough for a busy machine. */
const RECOVERY_TIMEOUT_MS = 3_000;
/** The timeout of a call to Inventory, for which a cached answer must not wait. */
const CALL_MS = 200;

interface Stock {
  readonly sku: string;
  readonly available: number;
  readonly asOf: string;
  readonly stale: boolean;
}

interface Page {
  readonly stock: readonly Stock[];
  readonly nextCursor: string | null;
  readonly stale: boolean;
}

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster({ INVENTORY_SEED_STOCK: 'burger=5,cola=7,pizza=10' });
});

afterAll(() => cluster.stop());

const read = (sku: string) => cluster.client.get<Stock>(`/v1/stock/${sku}`);
const list = (query = '') => cluster.client.get<Page>(`/v1/stock${query}`);

type Answer<Body> = Awaited<ReturnType<typeof cluster.client.get<Body>>>;

const isFromInventory = ({ status, body }: Answer<Stock | Page>): boolean =>
  status === 200 ? !body.stale : status !== 503;

/** Reads until Inventory answers in time: on a busy machine some of its answers come too late. */
const readLive = (sku: string): Promise<Answer<Stock>> => repeat(() => read(sku));
const listLive = (query: string): Promise<Answer<Page>> => repeat(() => list(query));

const repeat = <Body extends Stock | Page>(ask: () => Promise<Answer<Body>>) =>
  eventually('Inventory answers in time', async () => {
    const answer = await ask();
    return isFromInventory(answer) && answer;
  });

const isLive = async (): Promise<boolean> => isFromInventory(await read('burger'));

/** Waits until Orders has refreshed its cache, which then has this SKU, and reads from Inventory again. */
const untilCached = async (sku: string): Promise<void> => {
  await eventually(`${sku} is cached`, async () => {
    await eventually('Inventory answers', isLive);
    const { status } = await cluster.withFrozenInventory(() => read(sku));
    return status === 200;
  });
  await eventually('Inventory is available again', isLive, RECOVERY_TIMEOUT_MS);
};

describe('while Inventory is available', () => {
  it('returns the available units and their time', async () => {
    const startedMs = Date.now();
    const { status, body } = await readLive('burger');
    expect(status).toBe(200);
    expect(body).toEqual({
      sku: 'burger',
      available: 5,
      asOf: expect.any(String) as string,
      stale: false,
    });
    expect(Date.parse(body.asOf)).toBeGreaterThanOrEqual(startedMs);
    expect(Date.parse(body.asOf)).toBeLessThanOrEqual(Date.now());
  });

  it('a confirmed order reduces the available units', async () => {
    await givenStock(cluster.inventoryDatabase, 'ordered', 5);
    const order = { userId: 'u-1', sku: 'ordered', quantity: 2 };
    expect(await cluster.client.place(order)).toMatchObject({ status: 201 });
    expect((await readLive('ordered')).body).toMatchObject({ available: 3, stale: false });
  });

  it('lists all SKUs in order and in pages', async () => {
    const all = (await listLive('?limit=100')).body;
    const skus = all.stock.map(({ sku }) => sku);
    expect(skus).toEqual([...skus].sort());
    expect(skus).toEqual(expect.arrayContaining(['burger', 'cola', 'pizza']));
    expect(all.nextCursor).toBeNull();

    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const query = cursor === '' ? '?limit=2' : `?limit=2&cursor=${cursor}`;
      const { body } = await listLive(query);
      expect(body.stock.length).toBeLessThanOrEqual(2);
      paged.push(...body.stock.map(({ sku }) => sku));
      cursor = body.nextCursor;
    }
    expect(paged).toEqual(skus);
  });

  it('lists chosen SKUs, once and in order, without unknown ones', async () => {
    for (const query of ['?skus=pizza,nothing,burger,pizza', '?skus=pizza&skus=burger']) {
      expect((await listLive(query)).body).toMatchObject({
        stock: [
          { sku: 'burger', stale: false },
          { sku: 'pizza', stale: false },
        ],
        nextCursor: null,
      });
    }
    expect((await listLive('?skus=nothing')).body).toEqual({
      stock: [],
      nextCursor: null,
      stale: false,
    });
  });

  it('lists SKUs with a prefix, in pages', async () => {
    for (const sku of ['tea-a', 'tea-b', 'tea_a', 'teb']) {
      await givenStock(cluster.inventoryDatabase, sku, 1);
    }
    const first = (await listLive('?prefix=tea&limit=2')).body;
    expect(first).toMatchObject({ stock: [{ sku: 'tea-a' }, { sku: 'tea-b' }] });
    const second = (await listLive(`?prefix=tea&limit=2&cursor=${first.nextCursor}`)).body;
    expect(second).toMatchObject({ stock: [{ sku: 'tea_a' }], nextCursor: null });
    expect((await listLive('?prefix=Tea')).body).toEqual({
      stock: [],
      nextCursor: null,
      stale: false,
    });
  });

  it('returns 404 for an unknown SKU', async () => {
    expect(await readLive('unknown')).toMatchObject({
      status: 404,
      body: { reason: 'SKU_NOT_FOUND', detail: 'There is no SKU unknown.' },
    });
  });

  it.each([
    ['sku', '/v1/stock/a%20b'],
    ['sku', '/v1/stock/a%00b'],
    ['sku', `/v1/stock/${'s'.repeat(65)}`],
    ['limit', '/v1/stock?limit=0'],
    ['limit', '/v1/stock?limit=101'],
    ['limit', '/v1/stock?limit=1.5'],
    ['limit', '/v1/stock?limit='],
    ['limit', '/v1/stock?limit=1&limit=2'],
    ['cursor', '/v1/stock?cursor=a%20b'],
    ['cursor', '/v1/stock?cursor='],
    ['cursor', '/v1/stock?cursor=a&cursor=b'],
    ['colour', '/v1/stock?colour=red'],
    ['skus', '/v1/stock?skus='],
    ['skus', '/v1/stock?skus=burger,a%20b'],
    ['skus', `/v1/stock?skus=${'a,'.repeat(100)}a`],
    ['skus', '/v1/stock?skus=burger&prefix=b'],
    ['skus', '/v1/stock?skus=burger&limit=1'],
    ['skus', '/v1/stock?skus=burger&cursor=a'],
    ['prefix', '/v1/stock?prefix='],
    ['prefix', '/v1/stock?prefix=a%25'],
    ['prefix', '/v1/stock?prefix=a&prefix=b'],
  ])('rejects an invalid %s: %s', async (field, path) => {
    expect(await cluster.client.get(path)).toMatchObject({
      status: 400,
      body: { reason: 'INVALID_REQUEST', errors: [{ field }] },
    });
  });
});

describe('while Inventory is frozen', () => {
  it('returns the last known stock at once, also of SKUs that were never requested', async () => {
    await givenStock(cluster.inventoryDatabase, 'uncached', 4);
    await untilCached('uncached');
    const before = (await listLive('?limit=100')).body;
    await cluster.withFrozenInventory(async () => {
      const frozenMs = Date.now();
      const first = await read('uncached');
      expect(first).toMatchObject({ status: 200, body: { available: 4, stale: true } });
      expect(Date.parse(first.body.asOf)).toBeLessThan(frozenMs);

      const durationsMs: number[] = [];
      for (const index of times(20, (each) => each)) {
        const answer = index % 2 ? await list() : await read('burger');
        expect(answer.status).toBe(200);
        durationsMs.push(answer.tookMs);
      }
      // On a busy machine some of them take longer.
      const [median = CALL_MS] = durationsMs.sort((a, b) => a - b).slice(10);
      expect(median).toBeLessThan(CALL_MS);

      const stale = ({ sku, available }: Stock) => ({ sku, available, stale: true });
      expect((await list('?limit=100')).body).toMatchObject({
        stock: before.stock.map(stale),
        nextCursor: null,
      });
      expect((await list('?limit=2')).body).toMatchObject({
        stock: before.stock.slice(0, 2).map(stale),
        nextCursor: before.stock[1]?.sku,
      });
    });
    await eventually('Inventory is available again', isLive, RECOVERY_TIMEOUT_MS);
  });

  it('returns 503, not 404, for a SKU that is not cached', async () => {
    await eventually('Inventory answers', isLive);
    await cluster.withFrozenInventory(async () => {
      expect(await read('unknown')).toMatchObject({
        status: 503,
        body: { reason: 'INVENTORY_UNAVAILABLE' },
      });
    });
  });
});

describe('while Inventory is down', () => {
  it('returns the last known stock, and fresh stock after the return', async () => {
    await untilCached('cola');
    await cluster.inventory.stop('SIGKILL');
    expect(await read('cola')).toMatchObject({ status: 200, body: { available: 7, stale: true } });
    expect((await list('?limit=1')).body).toMatchObject({
      stock: [{ sku: 'burger', stale: true }],
      stale: true,
    });
    expect((await list('?prefix=x')).body).toMatchObject({ stock: [], stale: true });
    await cluster.inventory.start();
    await eventually('Inventory is available again', isLive, RECOVERY_TIMEOUT_MS);
    expect((await readLive('cola')).body).toMatchObject({ available: 7, stale: false });
  });

  it('a new Orders without cached stock returns 503 with Retry-After', async () => {
    await cluster.inventory.stop('SIGKILL');
    await cluster.restartOrders({});
    for (const answer of [await read('burger'), await list()]) {
      expect(answer).toMatchObject({ status: 503, body: { reason: 'INVENTORY_UNAVAILABLE' } });
      expect(answer.headers.get('retry-after')).toBe('1');
    }
    await cluster.inventory.start();
    await eventually('Inventory is found', isLive, RECOVERY_TIMEOUT_MS);
  });
});
