import { emptyDatabase, type TestDatabase } from '../harness/databases';
import { connectInventory } from '../harness/inventory-client';
import { newInventory } from '../harness/services';
import { times } from '../harness/wait';

const SKUS = 1_000;
const UNITS = 1_000_000_000;
const skus = times(SKUS, (index) => String(index).padStart(64, 's'));

let database: TestDatabase;

beforeAll(async () => {
  database = await emptyDatabase();
});

afterAll(() => database.drop());

it('the documented maximum of initial stock is seeded once', async () => {
  const seed = { INVENTORY_SEED_STOCK: skus.map((sku) => `${sku}=${UNITS}`).join(',') };
  const { url, ownerUrl } = database;
  const inventory = await newInventory({ url, ownerUrl }, seed);
  for (let start = 0; start < 2; start += 1) {
    await inventory.start();
    const calls = connectInventory(inventory.address);
    try {
      const { levels } = await calls.listStock({ pageSize: SKUS, pageToken: '', prefix: '' });
      expect(levels.map(({ sku }) => sku)).toEqual([...skus].sort());
      expect(new Set(levels.map(({ available }) => available))).toEqual(new Set([UNITS]));
    } finally {
      calls.close();
      await inventory.stop();
    }
  }
});
