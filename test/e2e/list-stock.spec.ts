import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster();
  for (const sku of ['pre', 'pre-a', 'pre-b', 'pre_b', 'prez', 'Pre', 'prf']) {
    await givenStock(cluster.inventoryDatabase, sku, 1);
  }
});

afterAll(() => cluster.stop());

const skusOf = async (prefix: string, pageToken = '') => {
  const request = { pageSize: 3, pageToken, prefix };
  const { levels, nextPageToken } = await cluster.inventoryClient.listStock(request);
  return [levels.map(({ sku }) => sku), nextPageToken];
};

it.each([
  ['pre', '', ['pre', 'pre-a', 'pre-b'], 'pre-b'],
  ['pre', 'pre-b', ['pre_b', 'prez'], ''],
  ['pre_', '', ['pre_b'], ''],
  ['prez', '', ['prez'], ''],
  ['Pr', '', ['Pre'], ''],
  ['pre', 'prez', [], ''],
  ['nothing', '', [], ''],
])('ListStock with the prefix %s after "%s"', async (prefix, after, skus, next) => {
  expect(await skusOf(prefix, after)).toEqual([skus, next]);
});
