import { loadConfig } from '@app/config';
import { Database, migrate, poolOf, withMigrationLock } from '@app/postgres';
import { operatorDataSourceOptions } from '../apps/cli/src/migrations/migrations';
import { inventorySchema } from '../apps/inventory/src/database/inventory.schema';
import { inventorySettings } from '../apps/inventory/src/inventory.config';
import { LedgerRepository } from '../apps/inventory/src/stock/ledger.repository';
import { StockRepository } from '../apps/inventory/src/stock/stock.repository';
import { StockService } from '../apps/inventory/src/stock/stock.service';
import { ordersSchema } from '../apps/orders/src/database/orders.schema';
import { type DatabaseUrls, SAMPLE_STOCK, setting } from './launch-settings';

/** Migrates both databases, and seeds the stock if it is empty. */
export async function prepareDatabases(urls: DatabaseUrls): Promise<void> {
  await migrate(operatorDataSourceOptions(urls.orders, ordersSchema));
  const { privileges } = inventorySchema;
  await migrate(operatorDataSourceOptions(urls.inventoryOwner, inventorySchema), {
    url: urls.inventory,
    privileges,
  });
  const { INVENTORY_SEED_STOCK: seeds = [] } = loadConfig(inventorySettings, {
    INVENTORY_SEED_STOCK: setting('INVENTORY_SEED_STOCK') ?? SAMPLE_STOCK,
  });
  const options = operatorDataSourceOptions(urls.inventory, inventorySchema);
  await withMigrationLock(options, async (dataSource) => {
    const database = new Database(poolOf(dataSource));
    const [stock, ledger] = [new StockRepository(database), new LedgerRepository(database)];
    await new StockService(database, stock, ledger).seed(seeds);
  });
}
