import { type DynamicModule, Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import type { AppRole } from './app-role';
import {
  dataSourceOptions,
  openDataSource,
  type PostgresSettings,
  type Schema,
} from './data-source-options';
import { poolOf } from './connection';
import { Database } from './database';
import { migrate } from './migrate';
import { explainMigrationError } from './migration-denied';
import { isTransient } from './postgres-errors';

interface Settings extends PostgresSettings {
  /** The same database, with the role that owns the tables and migrates. Default: `url`. */
  readonly ownerUrl?: string;
  readonly migrateOnStart: boolean;
}

const logger = new Logger('Postgres');

const migrateFirst = async (ownerOptions: PostgresDataSourceOptions, app: AppRole) => {
  const ran = await migrate(ownerOptions, app);
  if (ran.length > 0) logger.log(`Applied migrations: ${ran.join(', ')}`);
};

/** Migrates and connects to the database of one app, and provides `Database` in the whole app. */
@Module({})
export class PostgresModule {
  static forApp(settings: Settings, schema: Schema): DynamicModule {
    const { url, ownerUrl = url, migrateOnStart } = settings;
    const optionsAs = (role: string) =>
      dataSourceOptions({ ...settings, url: role }, schema, (error) =>
        logger.warn(`Lost an idle connection to Postgres: ${error.message}`),
      );
    const options = optionsAs(url);
    const connect = async (): Promise<DataSource> => {
      if (migrateOnStart) {
        await migrateFirst(optionsAs(ownerUrl), { url, privileges: schema.privileges }).catch(
          (error: unknown) => {
            throw explainMigrationError(error, ownerUrl) ?? error;
          },
        );
      }
      return openDataSource(options);
    };
    return {
      module: PostgresModule,
      global: true,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({
            ...options,
            retryAttempts: 30,
            retryDelay: 1_000,
            toRetry: isTransient,
          }),
          dataSourceFactory: connect,
        }),
      ],
      providers: [
        {
          provide: Database,
          inject: [DataSource],
          useFactory: (dataSource: DataSource) => new Database(poolOf(dataSource), schema),
        },
      ],
      exports: [Database],
    };
  }
}
