import { DataSource, type MixedList } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { clientOf, type PoolExtra, QUERY_TIMEOUT_SLACK_MS, type ServerClient } from './connection';
import { ConnectionError, isPlainError } from './postgres-errors';
import { SessionFactory } from './session-factory';

export interface PostgresSettings {
  readonly url: string;
  /** The schema with the tables. Undefined: the one that has them, or else the default of the role. */
  readonly schema?: string;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
  readonly poolSize: number;
  /** Timeout of one statement, enforced by the client and by the server. */
  readonly timeoutMs: number;
}

export type Privilege = 'select' | 'insert' | 'update' | 'delete';

/** The privileges, by table, of an app that does not own the tables. It has no others. */
export type Privileges = Readonly<Record<string, readonly Privilege[]>>;

/**
 * The schema of one app: its tables as entity classes, its migrations, and the privileges of its
 * role. Without `privileges` the app owns the tables.
 */
export interface Schema {
  readonly entities: MixedList<new () => object>;
  readonly migrations: MixedList<new () => object>;
  readonly privileges?: Privileges;
  /** A table of the app, by which the schema with its tables is found. */
  readonly knownTable?: string;
  /** A write that needs disk space, without effect: a probe rolls it back. */
  readonly sampleWrite?: string;
}

/** Without an error listener on the pool, a restart of Postgres would end the process. */
type OnPoolError = (error: Error) => void;

/** After a planned switchover behind a proxy, all connections lead to the new server within this time. */
const MAX_LIFETIME_SECONDS = 600;

/**
 * Returns options for a pool on which every wait is bounded: `statement_timeout` ends a statement in
 * Postgres, `query_timeout` ends it in the client if Postgres is frozen, and
 * `idle_in_transaction_session_timeout` releases the locks of a frozen client. Open it with
 * `openDataSource`.
 */
export const dataSourceOptions = (
  { url, schema, applicationName, poolSize, timeoutMs }: PostgresSettings,
  { entities, migrations, knownTable }: Schema,
  onPoolError: OnPoolError,
): PostgresDataSourceOptions => {
  const sessions = new SessionFactory({
    url,
    applicationName,
    timeoutMs,
    schema,
    knownTables: knownTable === undefined ? [] : [knownTable],
  });
  return {
    type: 'postgres',
    url: sessions.server,
    applicationName,
    entities,
    migrations,
    migrationsTableName: 'migration',
    migrationsTransactionMode: 'each',
    poolSize,
    connectTimeoutMS: timeoutMs,
    poolErrorHandler: onPoolError,
    extra: {
      sessions,
      Client: clientOf(sessions),
      onConnect: (client: ServerClient) => sessions.prepare(client, client.server),
      query_timeout: timeoutMs + QUERY_TIMEOUT_SLACK_MS,
      maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
      keepAlive: true,
      // Statements of a transaction are sent without waiting for the results of those before them. pg
      // also closes a pipelined connection on which a statement timed out.
      pipeline: true,
    },
  };
};

/**
 * Opens the database after it has found out what stands between it and the service. Throws
 * UnsuitableDatabaseError if no promise could be kept with it.
 */
export const openDataSource = async (options: PostgresDataSourceOptions): Promise<DataSource> => {
  const { sessions } = options.extra as PoolExtra;
  await sessions.inspect();
  try {
    return await new DataSource(options).initialize();
  } catch (error) {
    throw isPlainError(error) ? new ConnectionError('connect', error) : error;
  }
};
