import { AsyncResource } from 'node:async_hooks';
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
import { connectionWarning } from './connection-budget';
import { Database } from './database';
import { migrate } from './migrate';
import { explainMigrationError } from './migration-denied';
import { isTransient } from './postgres-errors';
import { ReadLane } from './read-lane';

interface Settings extends PostgresSettings {
  /** The same database, with the role that owns the tables and migrates. Default: `url`. */
  readonly ownerUrl?: string;
  readonly migrateOnStart: boolean;
  /** Connections for the reads of callers, apart from those of `poolSize`. */
  readonly readPoolSize?: number;
  /** How long a rejected read is held back before its caller learns of it. */
  readonly holdRejectionsMs?: number;
  /** Prefix of the names of these settings, for warnings: ORDERS or INVENTORY. */
  readonly settingPrefix?: string;
}

const DEFAULT_READ_POOL_SIZE = 4;

const logger = new Logger('Postgres');

const migrateFirst = async (ownerOptions: PostgresDataSourceOptions, app: AppRole) => {
  const ran = await migrate(ownerOptions, app);
  if (ran.length > 0) logger.log(`Applied migrations: ${ran.join(', ')}`);
};

const warnOfFewConnections = async (
  dataSource: DataSource,
  { poolSize: decisions, readPoolSize: reads = DEFAULT_READ_POOL_SIZE, settingPrefix }: Settings,
): Promise<void> => {
  if (settingPrefix === undefined) return;
  const needs = { decisions, reads, settingPrefix };
  const warning = await connectionWarning(poolOf(dataSource), needs);
  if (warning !== undefined) logger.warn(warning);
};

/**
 * Migrates and connects to the database of one app, and provides `Database` and `ReadLane` in the whole
 * app.
 */
@Module({})
export class PostgresModule {
  static forApp(settings: Settings, schema: Schema): DynamicModule {
    const { url, ownerUrl = url, migrateOnStart, timeoutMs, holdRejectionsMs } = settings;
    const { readPoolSize = DEFAULT_READ_POOL_SIZE } = settings;
    // Not in the context of the request that happened to open the connection.
    const logLostConnection = AsyncResource.bind((error: Error) =>
      logger.warn(`Lost an idle connection to Postgres: ${error.message}`),
    );
    const optionsAs = (role: string) =>
      dataSourceOptions({ ...settings, url: role }, schema, logLostConnection);
    const options = optionsAs(url);
    const connect = async (): Promise<DataSource> => {
      if (migrateOnStart) {
        await migrateFirst(optionsAs(ownerUrl), { url, privileges: schema.privileges }).catch(
          (error: unknown) => {
            throw explainMigrationError(error, ownerUrl) ?? error;
          },
        );
      }
      const dataSource = await openDataSource(options);
      await warnOfFewConnections(dataSource, settings);
      return dataSource;
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
        {
          provide: ReadLane,
          inject: [DataSource, Database],
          useFactory: (dataSource: DataSource, database: Database) =>
            new ReadLane(poolOf(dataSource), {
              poolSize: readPoolSize,
              timeoutMs,
              mustYield: () => database.isDeciding,
              ...(holdRejectionsMs !== undefined && { holdRejectionsMs }),
            }),
        },
      ],
      exports: [Database, ReadLane],
    };
  }
}
