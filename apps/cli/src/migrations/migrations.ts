import type { DataSource } from 'typeorm';
import { applyMigrations, dataSourceOptions, type Schema, withMigrationLock } from '@app/postgres';
import { print } from '../command-line/output';
import type { DatabaseTarget } from '../instance/database-target';

/** Returns how operators and tools connect to a service's database with TypeORM. */
export const operatorDataSourceOptions = (url: string, schema: Schema) => {
  const settings = { url, applicationName: 'quickbite-cli', poolSize: 2, timeoutMs: 10_000 };
  return dataSourceOptions(settings, schema, (error) => print(error.message));
};

/** Does `work` as the owner of the tables, while no other process migrates the database. */
export const asMigrator = <Result>(
  { ownerUrl, schema }: DatabaseTarget,
  work: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> => withMigrationLock(operatorDataSourceOptions(ownerUrl, schema), work);

/** Applies the pending migrations and grants the service's role its rights. Returns their names. */
export const migrateDatabase = (database: DatabaseTarget): Promise<string[]> =>
  asMigrator(database, (dataSource) =>
    applyMigrations(dataSource, { url: database.url, privileges: database.schema.privileges }),
  );

/** Reverts the latest migration. Returns its name; undefined if none is applied. */
export const revertLatestMigration = (database: DatabaseTarget): Promise<string | undefined> =>
  asMigrator(database, async (dataSource) => {
    const [latest] = await appliedMigrations(dataSource);
    if (latest !== undefined) await dataSource.undoLastMigration();
    return latest;
  });

export interface MigrationStatus {
  readonly name: string;
  readonly isApplied: boolean;
}

/** Returns every migration of this version, the oldest first. */
export const readMigrationStatus = (database: DatabaseTarget): Promise<MigrationStatus[]> =>
  asMigrator(database, async (dataSource) => {
    const applied = new Set(await appliedMigrations(dataSource));
    return dataSource.migrations.map(({ name = '' }) => ({ name, isApplied: applied.has(name) }));
  });

/** Returns the names of the applied migrations, the latest first. */
async function appliedMigrations(dataSource: DataSource): Promise<string[]> {
  const [{ exists }] = await dataSource.query<[{ exists: boolean }]>(
    `select to_regclass('migration') is not null as exists`,
  );
  if (!exists) return [];
  const rows = await dataSource.query<{ name: string }[]>(
    'select name from migration order by id desc',
  );
  return rows.map(({ name }) => name);
}
