import {
  Client,
  type ClientBase,
  type ClientConfig,
  DatabaseError,
  Pool,
  type PoolClient,
  type QueryResult,
} from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { ConnectionError, isSessionUnusable } from './postgres-errors';
import { PreparedStatement, type Statement } from './prepared-statement';
import type { SessionFactory } from './session-factory';

/** The connections of an app to its database. */
export interface ConnectionPool {
  readonly pool: Pool;
  readonly sessions: SessionFactory;
  /** Milliseconds after which the client stops waiting for a statement. */
  readonly queryTimeoutMs: number;
}

/** What `dataSourceOptions` passes to the pool of pg, beyond what the pool knows. */
export interface PoolExtra {
  readonly sessions: SessionFactory;
  readonly query_timeout: number;
  readonly onConnect: (client: ServerClient) => Promise<void>;
}

/** Returns the pool that TypeORM opened. Its own `query` cannot name a prepared statement. */
export const poolOf = ({ driver, options }: DataSource): ConnectionPool => {
  const { sessions, query_timeout } = options.extra as PoolExtra;
  const pool = (driver as PostgresDriver).master as Pool;
  return { pool, sessions, queryTimeoutMs: query_timeout };
};

/** What the client waits beyond the timeout by which Postgres ends a statement. */
export const QUERY_TIMEOUT_SLACK_MS = 500;

/** Returns another pool for the same database. The caller ends it. */
export const derivedPool = (
  { pool: original, sessions: originalSessions }: ConnectionPool,
  max: number,
  timeoutMs: number,
): ConnectionPool => {
  const sessions = originalSessions.withTimeout(timeoutMs);
  const queryTimeoutMs = timeoutMs + QUERY_TIMEOUT_SLACK_MS;
  const options = {
    ...original.options,
    max,
    min: 0,
    connectionTimeoutMillis: timeoutMs,
    Client: clientOf(sessions),
    onConnect: (client: ClientBase) => sessions.prepare(client, (client as ServerClient).server),
    query_timeout: queryTimeoutMs,
  };
  const pool = new Pool(options);
  pool.on('error', onConnectionLost);
  return { pool, sessions, queryTimeoutMs };
};

/** A connection that knows which server it leads to. */
export interface ServerClient extends Client {
  readonly server: string;
}

type ServerClientClass = new (config?: ClientConfig) => ServerClient;

/** Returns a client class that connects to the present server of `sessions`, and tries the next after it. */
export const clientOf = (sessions: SessionFactory): ServerClientClass =>
  class extends Client {
    readonly server: string;

    constructor(config: ClientConfig = {}) {
      const { server, startupOptions } = sessions;
      super({ ...config, connectionString: server, options: startupOptions });
      this.server = server;
    }

    override connect(): Promise<Client>;
    override connect(callback: (error: Error) => void): void;
    override connect(callback?: (error: Error) => void): unknown {
      if (!callback) return super.connect();
      super.connect((error: Error | null) => {
        if (error) sessions.recordConnectError(error, this.server);
        (callback as (error: Error | null) => void)(error);
      });
      return undefined;
    }
  };

/** The statements in progress reject by themselves; without a listener the process would end. */
const onConnectionLost = (): void => undefined;

/**
 * Runs `work` on a connection of the pool. Discards the connection if Postgres did not answer on it, and
 * if its server has become read-only.
 */
export const withConnection = async <Result>(
  connections: ConnectionPool,
  work: (client: ClientBase) => Promise<Result>,
): Promise<Result> => {
  const client = await acquire(connections);
  client.on('error', onConnectionLost);
  let isUsable = true;
  try {
    return await work(client);
  } catch (error) {
    isUsable = !isSessionUnusable(error);
    throw error;
  } finally {
    client.release(!isUsable || connections.sessions.isDemoted(client));
    client.off('error', onConnectionLost);
  }
};

/**
 * Takes a connection from the pool. If a server cannot be used, tries the others, each once. If a pooler
 * now stands before it, tries again through the pooler.
 */
const acquire = async ({ pool, sessions }: ConnectionPool): Promise<PoolClient> => {
  for (let attempt = 1; ; attempt += 1) {
    const { server, isPooled } = sessions;
    try {
      const client = await pool.connect();
      if (!sessions.isDemoted(client)) return client;
      client.release(true);
    } catch (error) {
      if (sessions.isPooled !== isPooled) continue;
      const hasMovedOn = sessions.server !== server;
      if (hasMovedOn && attempt < sessions.serverCount) continue;
      throw error instanceof ConnectionError ? error : new ConnectionError('connect', error);
    }
  }
};

/** Sends one statement without waiting for those before it (`pipeline`). */
export const send = async (
  { sessions, queryTimeoutMs }: ConnectionPool,
  client: ClientBase,
  statement: Statement,
  parameters: readonly unknown[] = [],
): Promise<QueryResult<object>> => {
  const isPrepared = statement instanceof PreparedStatement;
  const text = isPrepared ? statement.text : statement;
  const name = isPrepared && !sessions.isPooled ? statement.name : undefined;
  const startedMs = performance.now();
  try {
    return await client.query({ name, text, values: [...parameters] });
  } catch (error) {
    if (error instanceof DatabaseError) throw error;
    const hasTimedOut = performance.now() - startedMs >= queryTimeoutMs;
    throw new ConnectionError('query', error, hasTimedOut);
  }
};
