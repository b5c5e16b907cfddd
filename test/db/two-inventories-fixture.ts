import type { StockLevel } from '../../apps/inventory/src/stock/stock';
import type { TestDatabase } from '../harness/databases';
import {
  type InProcessInventories,
  type InventoryInstance,
  startInProcessInventories,
} from './in-process-inventories';

export let database: TestDatabase;
export let here: InventoryInstance;
export let there: InventoryInstance;

/**
 * Provides the tests of a file with two instances of Inventory on one database, which is verified after
 * each of them.
 */
export const useTwoInventories = (): void => {
  let inventories: InProcessInventories;

  beforeAll(async () => {
    inventories = await startInProcessInventories();
    ({ database, here, there } = inventories);
  });

  afterEach(async () => {
    expect(await database.differences()).toEqual([]);
  });

  afterAll(() => inventories.close());
};

/** Returns the level of a SKU, undefined if the SKU is unknown. */
export const levelOf = async (sku: string): Promise<StockLevel | undefined> =>
  (await here.stock.levelsOf([sku]))[0];
