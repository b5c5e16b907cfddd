import { dataSourceOptions, migrate } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import type { CheckSet } from '../../apps/cli/src/verify/check';
import { inventoryChecks } from '../../apps/cli/src/verify/inventory-checks';
import { ordersChecks } from '../../apps/cli/src/verify/orders-checks';
import { firstDifferences, schemaChecksOf, withSnapshot } from '../../apps/cli/src/verify/snapshot';
import { INVENTORY_ROLE } from '../../tools/launch-settings';
import { declareSchema } from '../../tools/schema-snapshot';
import { cloneDatabase, emptyDatabase, type TestDatabase } from '../harness/databases';
import { verify } from '../harness/verify-cli';
import { itFindsCorruptions } from './find-corruptions';
import { schemaCorruptions } from './schema-corruptions';

const APPS = [
  ['inventory', inventorySchema, inventoryChecks],
  ['orders', ordersSchema, ordersChecks],
] as const;

const schemaDifferences = ({ ownerUrl }: TestDatabase, set: CheckSet): Promise<string[]> =>
  withSnapshot({ url: ownerUrl }, async (client) =>
    firstDifferences(client, { checks: await schemaChecksOf(client, set) }, 100),
  );

describe.each(APPS)('%s', (app, schema, checks) => {
  it('has a declared schema that is current (npm run db:snapshot generates it)', async () => {
    const database = await emptyDatabase();
    expect(checks.schema).toEqual(await declareSchema(database.ownerUrl, schema));
    await database.drop();
  });

  it('has no differences after its migrations', async () => {
    const database = await cloneDatabase(app);
    expect(await schemaDifferences(database, checks)).toEqual([]);
    await database.drop();
  });

  it('has none in a schema of its own, and whatever the settings of the database', async () => {
    const database = await cloneDatabase(app);
    const [row] = await database.query<{ name: string }>('select current_database() as name');
    await database.query(
      `alter schema public rename to own;
       create schema public;
       alter database ${row?.name} set search_path = own;
       alter database ${row?.name} set datestyle = 'German, DMY';
       alter database ${row?.name} set intervalstyle = 'iso_8601';
       alter database ${row?.name} set quote_all_identifiers = on`,
    );
    expect(await schemaDifferences(database, checks)).toEqual([]);
    await database.drop();
  });
});

describe('finds', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await cloneDatabase('inventory');
  });

  afterAll(() => database.drop());

  itFindsCorruptions(
    () => database,
    (client) => schemaChecksOf(client, inventoryChecks),
    schemaCorruptions(INVENTORY_ROLE),
  );

  it('a default collation whose library has another version now, since Postgres 15', async () => {
    const client = await database.connect();
    const checks = await schemaChecksOf(client, inventoryChecks);
    const { rows } = await client.query<{ is_recorded: boolean }>(
      `select current_setting('server_version_num')::int >= 150000 as is_recorded`,
    );
    if (!rows[0]?.is_recorded) return;
    await client.query(
      `begin; update pg_database set datcollversion = '0.1' where datname = current_database()`,
    );
    const found = await firstDifferences(client, { checks }, 100);
    await client.query('rollback');
    expect(found).toEqual([
      expect.stringMatching(/^collation: the default collation .*: expected 0\.1, found /),
    ]);
  });

  it('tables without a column, before the checks that need it', async () => {
    const broken = await cloneDatabase('orders');
    await broken.query('alter table orders drop column parked_at');
    const { code, output } = await verify({ orders: broken.url }, '--orders');
    await broken.drop('broken');
    expect(output).toContain('    column: orders.parked_at: expected timestamp with time zone');
    expect(code).toBe(2);
  });
});

it('reads two services that share a database, each in a schema of its own', async () => {
  const database = await emptyDatabase();
  const { ownerUrl: url } = database;
  for (const [app, schema] of APPS) {
    await database.query(`create schema ${app}`);
    const settings = { url, schema: app, applicationName: 'test', poolSize: 2, timeoutMs: 10_000 };
    await migrate(dataSourceOptions(settings, schema, () => undefined));
  }
  const { code, output } = await verify({ inventory: url, orders: url });
  expect(output).toContain('PASS');
  expect(code).toBe(0);
  await database.drop();
});

it('accepts a role that only reads', async () => {
  const database = await cloneDatabase('inventory');
  const role = `reader_${Date.now()}`;
  await database.query(
    `create role ${role}; grant select on all tables in schema public to ${role}`,
  );
  expect(await schemaDifferences(database, inventoryChecks)).toEqual([]);
  await database.query(`drop owned by ${role}; drop role ${role}`);
  await database.drop();
});
