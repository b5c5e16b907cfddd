import type { MixedList } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';

export interface PostgresSettings {
  readonly url: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly poolSize: number;
  /** How long one statement may take, seen from here and from the server. */
  readonly timeoutMs: number;
}

export type Privilege = 'select' | 'insert' | 'update' | 'delete';

/** By table, what an app may do that does not own it. What is not listed it may not do. */
export type Privileges = Readonly<Record<string, readonly Privilege[]>>;

/**
 * What belongs to one app's schema: its tables as classes, how they came to be, and what the app
 * may do with them. Without `privileges` the app is their owner.
 */
export interface Schema {
  readonly entities: MixedList<new () => object>;
  readonly migrations: MixedList<new () => object>;
  readonly privileges?: Privileges;
}

/** A pool without a listener for errors ends the process when Postgres restarts. */
type OnPoolError = (error: Error) => void;

/**
 * Options for a pool on which nothing waits for ever. `statement_timeout` makes Postgres give up;
 * `query_timeout` makes us give up when Postgres is frozen and cannot; a frozen process of ours that
 * holds locks is cut off by `idle_in_transaction_session_timeout`.
 */
export const dataSourceOptions = (
  { url, applicationName, poolSize, timeoutMs }: PostgresSettings,
  { entities, migrations }: Schema,
  onPoolError: OnPoolError,
): PostgresDataSourceOptions => ({
  type: 'postgres',
  url,
  applicationName,
  entities,
  migrations,
  migrationsTableName: 'migration',
  migrationsTransactionMode: 'each',
  poolSize,
  connectTimeoutMS: timeoutMs,
  poolErrorHandler: onPoolError,
  extra: {
    statement_timeout: timeoutMs,
    query_timeout: timeoutMs + 500,
    idle_in_transaction_session_timeout: 2 * timeoutMs,
    keepAlive: true,
    // Statements of one transaction need not wait for one another's answers.
    pipeline: true,
    // A plan that was made while a table was small must not read the whole of it when it is not; and
    // before Postgres 18 a table that can only be read so seems to be worth compiling for. On tables
    // that are not small Postgres would plan the statements of small groups each time anew: 770 instead
    // of 480 µs of its time for an order alone, 143 instead of 101 in groups of 8 (bench -- plans).
    options: '-c enable_seqscan=off -c jit=off -c plan_cache_mode=force_generic_plan',
  },
});
