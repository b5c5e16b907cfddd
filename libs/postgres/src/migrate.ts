import { escapeIdentifier } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { type AppRole, grantPrivileges } from './app-role';
import { poolOf } from './connection';
import { arePrivilegesGranted } from './granted-privileges';
import { retryWhileBlocked } from './lock-retry';
import { withLock } from './migration-lock';
import { withMigrationSession } from './migration-session';

/**
 * Runs `work` on a separate data source while no other process migrates the same database. TypeORM
 * takes no lock itself: two instances that start together would both create the tables.
 */
export const withMigrationLock = <Result>(
  options: PostgresDataSourceOptions,
  work: (dataSource: DataSource) => Promise<Result>,
  waitMs?: number,
): Promise<Result> =>
  withMigrationSession(options, (dataSource) =>
    withLock(dataSource, () => work(dataSource), waitMs),
  );

/** Returns the names of the migrations that the database has, the latest first. */
export const executedMigrations = async (dataSource: DataSource): Promise<string[]> => {
  // Qualified, because through a pooler the session has another search_path.
  const table = `${escapeIdentifier(poolOf(dataSource).sessions.schema)}.migration`;
  const [found] = await dataSource.query<{ exists: boolean }[]>(
    'select to_regclass($1) is not null as exists',
    [table],
  );
  if (!found?.exists) return [];
  const rows = await dataSource.query<{ name: string }[]>(
    `select name from ${table} order by id desc`,
  );
  return rows.map(({ name }) => name);
};

const pendingMigrations = async (dataSource: DataSource): Promise<string[]> => {
  const executed = new Set(await executedMigrations(dataSource));
  return dataSource.migrations.map(({ name = '' }) => name).filter((name) => !executed.has(name));
};

/**
 * Runs pending migrations and grants the app's privileges, under the migration lock. Migrations that
 * cannot get their locks are retried for 2 minutes. Returns the names of those that ran.
 */
export const applyMigrations = async (dataSource: DataSource, app?: AppRole): Promise<string[]> => {
  const pending = await pendingMigrations(dataSource);
  if (pending.length > 0) await retryWhileBlocked(dataSource, () => dataSource.runMigrations());
  if (app && !(await isSchemaNewer(dataSource))) {
    await retryWhileBlocked(dataSource, () => grantPrivileges(dataSource, app));
  }
  return pending;
};

/** Reverts the latest migration. Retried like `applyMigrations`. Call it under the migration lock. */
export const revertMigration = (dataSource: DataSource): Promise<void> =>
  retryWhileBlocked(dataSource, () => dataSource.undoLastMigration());

/**
 * Whether a newer version has already migrated and granted its privileges. An older version that
 * runs beside it, or after a rollback, must not revoke them.
 */
const isSchemaNewer = async (dataSource: DataSource): Promise<boolean> => {
  const known = new Set(dataSource.migrations.map(({ name }) => name));
  return (await executedMigrations(dataSource)).some((name) => !known.has(name));
};

const isUpToDate = async (dataSource: DataSource, app?: AppRole): Promise<boolean> => {
  if ((await pendingMigrations(dataSource)).length > 0) return false;
  if (!app || (await isSchemaNewer(dataSource))) return true;
  return arePrivilegesGranted(dataSource, app);
};

/**
 * Migrates the schema as the owner of the tables, and grants the app's privileges. Many processes may
 * call it at once. Takes no lock if there is nothing to do. Returns the names of the migrations that
 * it ran.
 */
export const migrate = (
  options: PostgresDataSourceOptions,
  app?: AppRole,
  waitMs?: number,
): Promise<string[]> =>
  withMigrationSession(options, async (dataSource) => {
    if (await isUpToDate(dataSource, app)) return [];
    return withLock(dataSource, () => applyMigrations(dataSource, app), waitMs);
  });
