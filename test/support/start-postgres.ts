import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataSourceOptions, migrate, type Schema } from '@app/postgres';
import { type EmbeddedPostgres, startPostgres } from '../../tools/embedded-postgres';
import { findFreePort } from '../../tools/ports';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';

/** One Postgres serves all projects of a run; they are set up in the same process. */
interface Shared {
  quickbitePostgres?: Promise<{ postgres: EmbeddedPostgres; directory: string }>;
}
export const shared = globalThis as Shared;

const ignore = (): void => undefined;

/** Test files clone these, which is far quicker than migrating for each. */
const makeTemplate = async (postgres: EmbeddedPostgres, name: string, schema: Schema) => {
  await postgres.createDatabase(name);
  const settings = { applicationName: 'test', poolSize: 2, timeoutMs: 10_000 };
  await migrate(dataSourceOptions({ url: postgres.url(name), ...settings }, schema, ignore));
};

const start = async () => {
  const directory = join(tmpdir(), `quickbite-test-${randomUUID()}`);
  const postgres = await startPostgres({
    directory,
    port: await findFreePort(),
    settings: { max_connections: 300 },
  });
  await makeTemplate(postgres, 'inventory_template', inventorySchema);
  await makeTemplate(postgres, 'orders_template', ordersSchema);
  process.env.TEST_POSTGRES_URL = postgres.url('postgres');
  return { postgres, directory };
};

export default async function startSharedPostgres(): Promise<void> {
  shared.quickbitePostgres ??= start();
  await shared.quickbitePostgres;
}
