import { DataSource, type QueryRunner } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';

/** Any number will do, as long as all that migrate one database agree. "quickbit" in ASCII. */
const MIGRATION_LOCK = '8175549693803653492';
const LOCK_TIMEOUT = '60s';

/** Migrations may take long, so they get connections of their own without the usual time limits. */
const withoutTimeouts = (options: PostgresDataSourceOptions): PostgresDataSourceOptions => ({
  ...options,
  extra: { keepAlive: true },
});

const withLock = async <Result>(
  runner: QueryRunner,
  work: () => Promise<Result>,
): Promise<Result> => {
  await runner.query(`set lock_timeout = '${LOCK_TIMEOUT}'`);
  await runner.query(`select pg_advisory_lock(${MIGRATION_LOCK})`);
  try {
    return await work();
  } finally {
    await runner.query(`select pg_advisory_unlock(${MIGRATION_LOCK})`);
  }
};

/**
 * Does `work` on a connection of its own while no other process migrates the same database. TypeORM
 * takes no lock by itself, and two instances that start together would both create the tables.
 */
export const whileMigrating = async <Result>(
  options: PostgresDataSourceOptions,
  work: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> => {
  const dataSource = await new DataSource(withoutTimeouts(options)).initialize();
  try {
    const runner = dataSource.createQueryRunner();
    try {
      return await withLock(runner, () => work(dataSource));
    } finally {
      await runner.release();
    }
  } finally {
    await dataSource.destroy();
  }
};

/** Brings the schema up to date. Safe to call from many processes at once. Gives what it ran. */
export const migrate = (options: PostgresDataSourceOptions): Promise<string[]> =>
  whileMigrating(options, async (dataSource) => {
    const ran = await dataSource.runMigrations();
    return ran.map(({ name }) => name);
  });
