import { loadConfig } from '@app/config';
import {
  Database,
  explainMigrationError,
  migrate,
  poolOf,
  type Schema,
  withMigrationLock,
  ReadLane,
} from '@app/postgres';
import {
  describeDatabase,
  type ServiceName,
  SERVICES,
} from '../apps/cli/src/instance/database-target';
import { operatorDataSourceOptions } from '../apps/cli/src/migrations/migrations';
import { inventorySchema } from '../apps/inventory/src/database/inventory.schema';
import { inventorySettings } from '../apps/inventory/src/inventory.config';
import { LedgerRepository } from '../apps/inventory/src/stock/ledger.repository';
import { StockRepository } from '../apps/inventory/src/stock/stock.repository';
import { StockService } from '../apps/inventory/src/stock/stock.service';
import { ordersSchema } from '../apps/orders/src/database/orders.schema';
import { type DatabaseAccess, type Databases, SAMPLE_STOCK, setting } from './launch-settings';
import { messageOf, ToolError } from './tool';

const SCHEMAS: Readonly<Record<ServiceName, Schema>> = {
  inventory: inventorySchema,
  orders: ordersSchema,
};

/** Whether the service works as a role that does not own its tables, so that the tools migrate for it. */
export const isMigratedByTools = ({ url, ownerUrl }: DatabaseAccess): boolean => url !== ownerUrl;

/** Migrates the databases as their owners, so that no service needs the password of an owner. */
export async function migrateDatabases(databases: Databases): Promise<void> {
  for (const service of SERVICES) {
    const { url, ownerUrl, isEmbedded } = databases[service];
    const isDisabled = setting(`${service.toUpperCase()}_MIGRATE_ON_START`) === 'false';
    if (!isMigratedByTools(databases[service]) || (isDisabled && !isEmbedded)) continue;
    const schema = SCHEMAS[service];
    const { privileges } = schema;
    await migrate(operatorDataSourceOptions(ownerUrl, schema), { url, privileges }).catch(
      (error: unknown) => {
        const reason = messageOf(explainMigrationError(error, ownerUrl) ?? error);
        const name = describeDatabase({ service, url: ownerUrl });
        throw new ToolError(`The ${name} could not be migrated: ${reason}`, { cause: error });
      },
    );
  }
}

const NO_OTHER_WORK = { timeoutMs: 1_000, mustYield: () => false };

/** Seeds the stock if it is empty. */
export async function seedStock({ inventory }: Databases): Promise<void> {
  const { INVENTORY_SEED_STOCK: seeds = [] } = loadConfig(
    inventorySettings.pick({ INVENTORY_SEED_STOCK: true }),
    { INVENTORY_SEED_STOCK: setting('INVENTORY_SEED_STOCK') ?? SAMPLE_STOCK },
  );
  const options = operatorDataSourceOptions(inventory.url, inventorySchema);
  await withMigrationLock(options, async (dataSource) => {
    const database = new Database(poolOf(dataSource));
    const reads = new ReadLane(poolOf(dataSource), { poolSize: 1, ...NO_OTHER_WORK });
    const [stock, ledger] = [new StockRepository(reads), new LedgerRepository(reads)];
    await new StockService(database, stock, ledger).seed(seeds);
  });
}
