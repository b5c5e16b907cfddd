import type { Logger as QueryLogger, QueryRunner } from 'typeorm';
import { applyMigrations, dataSourceOptions, type Schema, withMigrationLock } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { emptyDatabase, type TestDatabase } from '../harness/databases';
import { MigrationReview } from '../harness/migration-rules/blocking-ddl';

/** Released before the rule. They block writes of large tables, and can no longer be changed. */
const EXEMPT = new Set([
  'CreateOrders1764000000000',
  'OrderLife1764100000000',
  'CheaperChecks1764200000000',
  'CreateInventory1764000000000',
  'AppendOnlyLedger1764100000000',
  'ReservationLife1764200000000',
  'LevelTimes1764300000000',
  'CheaperChecks1764400000000',
]);

const APPS = [
  ['orders', ordersSchema],
  ['inventory', inventorySchema],
] as const;

const ignore = (): void => undefined;

/** Remembers the statements of each session in the order in which they were sent. */
class StatementLog implements QueryLogger {
  private readonly bySession = new Map<QueryRunner | undefined, string[]>();

  logQuery(query: string, _parameters?: unknown[], runner?: QueryRunner): void {
    const before = this.bySession.get(runner) ?? [];
    this.bySession.set(runner, [...before, query]);
  }

  get sessions(): readonly (readonly string[])[] {
    return [...this.bySession.values()];
  }

  readonly logQueryError = ignore;
  readonly logQuerySlow = ignore;
  readonly logSchemaBuild = ignore;
  readonly logMigration = ignore;
  readonly log = ignore;
}

const readMap = async (database: TestDatabase, sql: string): Promise<Map<string, string>> => {
  const rows = await database.query<{ key: string; value: string }>(sql);
  return new Map(rows.map(({ key, value }) => [key, value]));
};

const tableByIndex = (database: TestDatabase) =>
  readMap(
    database,
    `select indexname as key, tablename as value from pg_indexes where schemaname = 'public'`,
  );

/** A rewritten table has a new file. */
const fileByTable = (database: TestDatabase) =>
  readMap(
    database,
    `select relname as key, pg_relation_filenode(oid)::text as value from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r'`,
  );

/** Applies the first migrations of the schema. Returns the statements of those that were pending. */
const applyFirst = async (
  { ownerUrl: url }: TestDatabase,
  { entities, migrations }: Schema,
  count: number,
): Promise<StatementLog> => {
  const log = new StatementLog();
  const options = dataSourceOptions(
    { url, applicationName: 'test', poolSize: 2, timeoutMs: 10_000 },
    { entities, migrations: (migrations as (new () => object)[]).slice(0, count) },
    ignore,
  );
  await withMigrationLock({ ...options, logger: log }, (dataSource) => applyMigrations(dataSource));
  return log;
};

describe.each(APPS)('migrations of %s', (_app, schema) => {
  const names = schema.migrations.map(({ name }) => name);
  let database: TestDatabase;

  beforeAll(async () => {
    database = await emptyDatabase();
  });

  afterAll(() => database.drop());

  it.each(names.map((name, index) => [name, index] as const))(
    '%s does not block large tables, or is exempt',
    async (name, index) => {
      const [indexes, files] = [await tableByIndex(database), await fileByTable(database)];
      const log = await applyFirst(database, schema, index + 1);
      const faults: string[] = [];
      for (const statements of log.sessions) {
        const review = new MigrationReview(indexes);
        for (const sql of statements) await review.review(sql);
        faults.push(...review.faults);
      }
      const filesAfter = await fileByTable(database);
      for (const [table, file] of files) {
        const after = filesAfter.get(table);
        if (after !== undefined && after !== file) faults.push(`The migration rewrites ${table}.`);
      }
      if (!EXEMPT.has(name)) expect(faults).toEqual([]);
    },
  );
});
