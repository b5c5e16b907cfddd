import { loadConfig } from '@app/config';
import {
  Database,
  dataSourceOptions,
  migrate,
  poolOf,
  type Schema,
  withMigrationLock,
} from '@app/postgres';
import { inventorySchema } from '../apps/inventory/src/database/inventory.schema';
import { inventorySettings } from '../apps/inventory/src/inventory.config';
import { LedgerRepository } from '../apps/inventory/src/stock/ledger.repository';
import { StockRepository } from '../apps/inventory/src/stock/stock.repository';
import { StockService } from '../apps/inventory/src/stock/stock.service';
import { ordersSchema } from '../apps/orders/src/database/orders.schema';
import { type DatabaseUrls, SAMPLE_STOCK, setting } from './launch-settings';
import { print } from './tool';

/** How the tools connect to a service's database. */
export const optionsFor = (url: string, schema: Schema) => {
  const settings = { url, applicationName: 'quickbite-tools', poolSize: 2, timeoutMs: 10_000 };
  return dataSourceOptions(settings, schema, (error) => print(error.message));
};

/** Makes the tables of both services, and fills the stock where it is empty. */
export async function prepareDatabases(urls: DatabaseUrls): Promise<void> {
  await migrate(optionsFor(urls.orders, ordersSchema));
  const { privileges } = inventorySchema;
  await migrate(optionsFor(urls.inventoryOwner, inventorySchema), {
    url: urls.inventory,
    privileges,
  });
  const { INVENTORY_SEED_STOCK: seeds = [] } = loadConfig(inventorySettings, {
    INVENTORY_SEED_STOCK: setting('INVENTORY_SEED_STOCK') ?? SAMPLE_STOCK,
  });
  await withMigrationLock(optionsFor(urls.inventory, inventorySchema), async (dataSource) => {
    const database = new Database(poolOf(dataSource));
    const [stock, ledger] = [new StockRepository(database), new LedgerRepository(database)];
    await new StockService(database, stock, ledger).seed(seeds);
  });
}
