import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataSourceOptions, migrate, type Schema } from '@app/postgres';
import { type EmbeddedPostgres, startPostgres } from '../../tools/embedded-postgres';
import { asRole, INVENTORY_ROLE, ORDERS_ROLE } from '../../tools/launch-settings';
import { findFreePort } from '../../tools/ports';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { PgBouncer } from './pgbouncer';
import { type Reaper, startReaper } from './postgres-reaper';

/** The Postgres of all projects of a run, which are set up in the same process. */
interface Shared {
  quickbitePostgres?: Promise<{
    postgres: EmbeddedPostgres;
    directory: string;
    reaper: Reaper;
    pooler: PgBouncer | undefined;
  }>;
}
export const shared = globalThis as Shared;

const ignore = (): void => undefined;

/**
 * Creates a template that test files clone, which is much faster than migrations. A clone includes the
 * privileges of roles on its tables; the roles belong to the server.
 */
const makeTemplate = async (
  postgres: EmbeddedPostgres,
  name: string,
  schema: Schema,
  role: string,
) => {
  await postgres.createDatabase(name);
  const url = postgres.url(name);
  const settings = { url, applicationName: 'test', poolSize: 2, timeoutMs: 10_000 };
  await migrate(dataSourceOptions(settings, schema, ignore), {
    url: asRole(url, role),
    privileges: schema.privileges,
  });
};

const start = async () => {
  const directory = join(tmpdir(), `quickbite-test-${randomUUID()}`);
  const reaper = startReaper(directory);
  const postgres = await startPostgres({
    directory,
    port: await findFreePort(),
    settings: { max_connections: 300 },
  });
  await makeTemplate(postgres, 'inventory_template', inventorySchema, INVENTORY_ROLE);
  await makeTemplate(postgres, 'orders_template', ordersSchema, ORDERS_ROLE);
  process.env.TEST_POSTGRES_URL = postgres.url('postgres');
  const pooler = await startPooler(postgres);
  return { postgres, directory, reaper, pooler };
};

/** `npm run test:pooler`: every service reaches its database through PgBouncer. */
const startPooler = async (postgres: EmbeddedPostgres): Promise<PgBouncer | undefined> => {
  if (process.env.QUICKBITE_TEST_POOLER !== 'pgbouncer') return undefined;
  const urls = [INVENTORY_ROLE, ORDERS_ROLE].map((role) => asRole(postgres.url('postgres'), role));
  const pooler = await PgBouncer.start({ port: postgres.port, urls });
  process.env.TEST_POOLER_PORT = String(pooler.port);
  return pooler;
};

export default async function startSharedPostgres(): Promise<void> {
  shared.quickbitePostgres ??= start();
  await shared.quickbitePostgres;
}
