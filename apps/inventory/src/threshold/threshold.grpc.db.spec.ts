import { status as GrpcStatus } from '@grpc/grpc-js';
import { type InventoryServer, inventoryServer } from '../../../../test/db/inventory-server';
import { cloneDatabase, type TestDatabase } from '../../../../test/harness/databases';
import { connectInventory, type InventoryRpc } from '../../../../test/harness/inventory-client';
import { givenStock } from '../../../../test/harness/stock';

let database: TestDatabase;
let server: InventoryServer;
let calls: InventoryRpc;

beforeAll(async () => {
  database = await cloneDatabase('inventory');
  server = await inventoryServer(database.url);
  calls = connectInventory(server.address);
  await givenStock(database, ['a', 'b'], 15);
});

afterAll(async () => {
  calls.close();
  await server.stop();
  await database.drop();
});

it('a threshold and its state are in the levels that are read', async () => {
  const threshold = { lowAt: 15, replenishedAt: 20 };
  const { level } = await calls.setStockThreshold({ sku: 'a', threshold });
  expect(level).toMatchObject({ sku: 'a', available: 15, threshold: { ...threshold, low: true } });
  const { levels } = await calls.getStock({ skus: ['a', 'b', 'unknown'], at: undefined });
  expect(levels.map((each) => each.threshold ?? 'none')).toEqual([
    { ...threshold, low: true },
    'none',
    'none',
  ]);
  const page = await calls.listStock({ pageSize: 10, pageToken: '', prefix: 'a' });
  expect(page.levels).toMatchObject([{ threshold: { ...threshold, low: true } }]);
  const cleared = await calls.setStockThreshold({ sku: 'a' });
  expect(cleared.level?.threshold ?? 'none').toBe('none');
});

it.each([
  [{ sku: '' }, 'sku is required'],
  [
    { sku: 'a', threshold: { lowAt: 10, replenishedAt: 10 } },
    'threshold.replenished_at must be > low_at (10)',
  ],
  [{ sku: 'a', threshold: { lowAt: -1, replenishedAt: 5 } }, 'threshold.low_at must be >= 0'],
  [
    { sku: 'a', threshold: { lowAt: 1, replenishedAt: 1_000_000_001 } },
    'threshold.replenished_at must be <= 1000000000',
  ],
])('%j is rejected with the field and its fault', async (request, message) => {
  await expect(calls.raw('setStockThreshold', request)).rejects.toMatchObject({
    code: GrpcStatus.INVALID_ARGUMENT,
    details: expect.stringContaining(message) as string,
  });
});

it('an unknown SKU is not found', async () => {
  const threshold = { lowAt: 1, replenishedAt: 2 };
  await expect(calls.setStockThreshold({ sku: 'unknown', threshold })).rejects.toMatchObject({
    code: GrpcStatus.NOT_FOUND,
    details: expect.stringContaining('Adjust its stock first') as string,
  });
});
