import type { DataSource, QueryRunner } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { type AppRole, grantPrivileges } from './app-role';
import { openDataSource } from './data-source-options';

/** An arbitrary number that all processes share: "quickbit" in ASCII. */
const MIGRATION_LOCK = '8175549693803653492';
const LOCK_TIMEOUT = '60s';

/** Far longer than any migration takes. */
const MIGRATION_TIMEOUT_MS = 600_000;

/** Migrations may take long, so their connections have a longer timeout. */
const withLongTimeouts = (options: PostgresDataSourceOptions): PostgresDataSourceOptions => ({
  ...options,
  extra: {
    ...options.extra,
    query_timeout: MIGRATION_TIMEOUT_MS,
  } as object,
});

const withAdvisoryLock = async <Result>(
  runner: QueryRunner,
  work: () => Promise<Result>,
): Promise<Result> => {
  await runner.query(`set lock_timeout = '${LOCK_TIMEOUT}'`);
  await runner.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
  try {
    return await work();
  } finally {
    // Fails only if the connection, and with it the lock, is lost. The error of `work` matters.
    await runner.query(`select pg_advisory_unlock(${MIGRATION_LOCK})`).catch(() => undefined);
  }
};

/**
 * Runs `work` on a separate data source while no other process migrates the same database. TypeORM
 * takes no lock itself: two instances that start together would both create the tables.
 */
export const withMigrationLock = async <Result>(
  options: PostgresDataSourceOptions,
  work: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> => {
  const dataSource = await openDataSource(withLongTimeouts(options));
  try {
    const runner = dataSource.createQueryRunner();
    try {
      return await withAdvisoryLock(runner, () => work(dataSource));
    } finally {
      await runner.release();
    }
  } finally {
    await dataSource.destroy();
  }
};

/** Runs pending migrations and grants the app's privileges. Returns the names of the migrations. */
export const applyMigrations = async (dataSource: DataSource, app?: AppRole): Promise<string[]> => {
  const ran = await dataSource.runMigrations();
  if (app && !(await isSchemaNewer(dataSource))) await grantPrivileges(dataSource, app);
  return ran.map(({ name }) => name);
};

/**
 * Whether a newer version has already migrated and granted its privileges. An older version that
 * runs beside it, or after a rollback, must not revoke them.
 */
const isSchemaNewer = async (dataSource: DataSource): Promise<boolean> => {
  const known = new Set(dataSource.migrations.map(({ name }) => name));
  const executed = await dataSource.query<{ name: string }[]>('select name from migration');
  return executed.some(({ name }) => !known.has(name));
};

/**
 * Migrates the schema as the owner of the tables, and grants the app's privileges. Many processes
 * may call it at once. Returns the names of the migrations that it ran.
 */
export const migrate = (options: PostgresDataSourceOptions, app?: AppRole): Promise<string[]> =>
  withMigrationLock(options, (dataSource) => applyMigrations(dataSource, app));
