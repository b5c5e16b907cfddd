import { DataSource } from 'typeorm';
import { dataSourceOptions, migrate, withMigrationLock } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { cloneDatabase, emptyDatabase, type TestDatabase } from '../harness/databases';
import { times } from '../harness/wait';

const APPS = [
  ['inventory', inventorySchema],
  ['orders', ordersSchema],
] as const;

const optionsFor = ({ ownerUrl: url }: TestDatabase, schema: (typeof APPS)[number][1]) =>
  dataSourceOptions(
    { url, applicationName: 'test', poolSize: 3, timeoutMs: 10_000 },
    schema,
    () => undefined,
  );

const tablesOf = async (database: TestDatabase): Promise<string[]> => {
  const rows = await database.query<{ name: string }>(
    `select table_name as name from information_schema.tables
      where table_schema = 'public' and table_name <> 'migration' order by 1`,
  );
  return rows.map(({ name }) => name);
};

describe.each(APPS)('%s', (app, schema) => {
  it('has migrations that create exactly the tables that the entities describe', async () => {
    const database = await cloneDatabase(app);
    const dataSource = await new DataSource(optionsFor(database, schema)).initialize();
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    await dataSource.destroy();
    await database.drop();
    const faults = upQueries.map(
      ({ query }) =>
        `No migration does this: ${query}. Run \`npm run db:generate -- ${app} NAME\`, and add the ` +
        `class to apps/${app}/src/database/${app}.schema.ts.`,
    );
    expect(faults).toEqual([]);
  });

  it('can be reverted to nothing and migrated again', async () => {
    const database = await cloneDatabase(app);
    const before = await tablesOf(database);
    await withMigrationLock(optionsFor(database, schema), async (dataSource) => {
      for (let left = dataSource.migrations.length; left > 0; left -= 1) {
        await dataSource.undoLastMigration();
      }
    });
    expect(await tablesOf(database)).toEqual([]);
    await migrate(optionsFor(database, schema));
    expect(await tablesOf(database)).toEqual(before);
    await database.drop();
  });

  it('is migrated once when many instances start together on an empty database', async () => {
    const database = await emptyDatabase();
    const ran = await Promise.all(times(5, () => migrate(optionsFor(database, schema))));
    expect(ran.flat()).toHaveLength(schema.migrations.length);
    await database.drop();
  });
});
