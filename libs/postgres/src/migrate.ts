import { DataSource, type QueryRunner } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { type AppRole, grantPrivileges } from './app-role';

/** Any number will do, as long as all that migrate one database agree. "quickbit" in ASCII. */
const MIGRATION_LOCK = '8175549693803653492';
const LOCK_TIMEOUT = '60s';

/** Long enough for any migration, and not for ever. */
const MIGRATION_TIMEOUT_MS = 600_000;

/** Migrations may take long, so they get connections of their own with time limits of their own. */
const withLongTimeouts = (options: PostgresDataSourceOptions): PostgresDataSourceOptions => ({
  ...options,
  extra: { keepAlive: true, query_timeout: MIGRATION_TIMEOUT_MS },
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
    // If this fails the connection is lost, and the lock with it; what matters is the work's error.
    await runner.query(`select pg_advisory_unlock(${MIGRATION_LOCK})`).catch(() => undefined);
  }
};

/**
 * Does `work` on a connection of its own while no other process migrates the same database. TypeORM
 * takes no lock by itself, and two instances that start together would both create the tables.
 */
export const withMigrationLock = async <Result>(
  options: PostgresDataSourceOptions,
  work: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> => {
  const dataSource = await new DataSource(withLongTimeouts(options)).initialize();
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

/** Runs what is pending, and sees to the rights of the app's role. Gives what it ran. */
export const applyMigrations = async (dataSource: DataSource, app?: AppRole): Promise<string[]> => {
  const ran = await dataSource.runMigrations();
  if (app && !(await isSchemaNewer(dataSource))) await grantPrivileges(dataSource, app);
  return ran.map(({ name }) => name);
};

/**
 * Whether a newer version has migrated already, and granted what it needs. An older one that starts
 * beside it, or is rolled back to, must not take that away.
 */
const isSchemaNewer = async (dataSource: DataSource): Promise<boolean> => {
  const known = new Set(dataSource.migrations.map(({ name }) => name));
  const executed = await dataSource.query<{ name: string }[]>('select name from migration');
  return executed.some(({ name }) => !known.has(name));
};

/**
 * Brings the schema up to date, as the owner of the tables, and the rights of the role that the app
 * works as. Safe to call from many processes at once. Gives what it ran.
 */
export const migrate = (options: PostgresDataSourceOptions, app?: AppRole): Promise<string[]> =>
  withMigrationLock(options, (dataSource) => applyMigrations(dataSource, app));
