import {
  dataSourceOptions,
  executedMigrations,
  migrate,
  revertMigration,
  type Schema,
  withMigrationLock,
  withMigrationSession,
} from '@app/postgres';
import { print } from '../command-line/output';
import type { DatabaseTarget } from '../instance/database-target';

/** Returns how operators and tools connect to a service's database with TypeORM. */
export const operatorDataSourceOptions = (url: string, schema: Schema, schemaName?: string) => {
  const settings = {
    url,
    schema: schemaName,
    applicationName: 'quickbite-cli',
    poolSize: 2,
    timeoutMs: 10_000,
  };
  return dataSourceOptions(settings, schema, (error) => print(error.message));
};

const ownerOptions = ({ ownerUrl, schema, schemaName }: DatabaseTarget) =>
  operatorDataSourceOptions(ownerUrl, schema, schemaName);

/** Applies the pending migrations and grants the service's role its rights. Returns their names. */
export const migrateDatabase = (database: DatabaseTarget): Promise<string[]> =>
  migrate(ownerOptions(database), { url: database.url, privileges: database.schema.privileges });

/** Reverts the latest migration. Returns its name; undefined if none is applied. */
export const revertLatestMigration = (database: DatabaseTarget): Promise<string | undefined> =>
  withMigrationLock(ownerOptions(database), async (dataSource) => {
    const [latest] = await executedMigrations(dataSource);
    if (latest !== undefined) await revertMigration(dataSource);
    return latest;
  });

export interface MigrationStatus {
  readonly name: string;
  readonly isApplied: boolean;
}

/** Returns every migration of this version, the oldest first. Takes no lock. */
export const readMigrationStatus = (database: DatabaseTarget): Promise<MigrationStatus[]> =>
  withMigrationSession(ownerOptions(database), async (dataSource) => {
    const applied = new Set(await executedMigrations(dataSource));
    return dataSource.migrations.map(({ name = '' }) => ({ name, isApplied: applied.has(name) }));
  });
