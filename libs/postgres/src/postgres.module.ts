import { type DynamicModule, Global, Logger, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { dataSourceOptions, type PostgresSettings, type Schema } from './data-source-options';
import { Database } from './database';
import { migrate } from './migrate';
import { mayPass } from './postgres-errors';

interface Settings extends PostgresSettings {
  readonly migrateOnStart: boolean;
}

const logger = new Logger('Postgres');

const connect = async (options: PostgresDataSourceOptions, migrateFirst: boolean) => {
  if (migrateFirst) {
    const ran = await migrate(options);
    if (ran.length > 0) logger.log(`Migrated: ${ran.join(', ')}`);
  }
  return new DataSource(options).initialize();
};

/** Connects one app to its database, up to date, and provides `Database` everywhere in the app. */
@Global()
@Module({ providers: [Database], exports: [Database] })
export class PostgresModule {
  static forApp(settings: Settings, schema: Schema): DynamicModule {
    const options = dataSourceOptions(settings, schema, (error) =>
      logger.warn(`A connection to Postgres was lost: ${error.message}`),
    );
    return {
      module: PostgresModule,
      imports: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({
            ...options,
            retryAttempts: 30,
            retryDelay: 1_000,
            toRetry: mayPass,
          }),
          dataSourceFactory: () => connect(options, settings.migrateOnStart),
        }),
      ],
    };
  }
}
