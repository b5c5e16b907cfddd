import type { ClientBase, Pool, QueryResult } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver';
import { isQueryTimeout } from './postgres-errors';
import { PreparedStatement, type Statement } from './prepared-statement';

/** Returns the pool that TypeORM opened. Its own `query` cannot name a prepared statement. */
export const poolOf = ({ driver }: DataSource): Pool => (driver as PostgresDriver).master as Pool;

/** The statements in progress reject by themselves; without a listener the process would end. */
const onConnectionLost = (): void => undefined;

/**
 * Runs `work` on a connection of the pool. Discards the connection if a statement timed out: its
 * backend may be frozen, and would make the next caller wait for another timeout.
 */
export const withConnection = async <Result>(
  pool: Pool,
  work: (client: ClientBase) => Promise<Result>,
): Promise<Result> => {
  const client = await pool.connect();
  client.on('error', onConnectionLost);
  let isUsable = true;
  try {
    return await work(client);
  } catch (error) {
    isUsable = !isQueryTimeout(error);
    throw error;
  } finally {
    client.release(!isUsable);
    client.off('error', onConnectionLost);
  }
};

/** Sends one statement without waiting for those before it (`pipeline`). */
export const send = (
  client: ClientBase,
  statement: Statement,
  parameters: readonly unknown[],
): Promise<QueryResult<object>> => {
  const values = [...parameters];
  if (!(statement instanceof PreparedStatement)) return client.query(statement, values);
  return client.query({ name: statement.name, text: statement.text, values });
};
