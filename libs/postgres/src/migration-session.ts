import type { ClientBase } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import type { PoolExtra, ServerClient } from './connection';
import { openDataSource } from './data-source-options';
import { LONG_WORK_SQL } from './session-settings';

/**
 * A statement that waits for a table lock blocks all later statements on that table. After this time
 * it gives up, so that orders never wait behind a migration for longer.
 */
export const SHORT_LOCK_WAIT_MS = 500;

/** Far longer than any statement of a migration takes. */
const STATEMENT_TIMEOUT_MS = 3_600_000;

/** One for the lock, one for the migration, one that finds what blocks it, one spare. */
const POOL_SIZE = 4;

/** Ends the statement of a migrator that was killed. Some platforms reject it. */
const CHECK_CLIENT = `set client_connection_check_interval = '1s'`;

/** Prepares a session for migrations, after it was prepared as every session is. */
const prepareSession = async (client: ClientBase): Promise<void> => {
  await client.query(`${LONG_WORK_SQL}; set lock_timeout = ${SHORT_LOCK_WAIT_MS}`);
  await client.query(CHECK_CLIENT).catch(() => undefined);
};

const optionsFor = (options: PostgresDataSourceOptions): PostgresDataSourceOptions => {
  const extra = options.extra as PoolExtra;
  return {
    ...options,
    // Tells its sessions from those of running services, also in the message about what blocks it.
    applicationName: `${options.applicationName ?? 'quickbite'} migration`,
    poolSize: POOL_SIZE,
    // A migration that waits is retried. TypeORM would print each failure.
    logger: options.logger ?? 'debug',
    extra: {
      ...extra,
      pipeline: false,
      query_timeout: STATEMENT_TIMEOUT_MS,
      onConnect: async (client: ServerClient) => {
        await extra.onConnect(client);
        // A session of a pooler belongs to others as well.
        if (!extra.sessions.isPooled) await prepareSession(client);
      },
    },
  };
};

/**
 * Runs `work` on a separate data source whose sessions are prepared for migrations. A migration needs
 * direct sessions: through a pooler, its lock and its settings would belong to another session.
 */
export const withMigrationSession = async <Result>(
  options: PostgresDataSourceOptions,
  work: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> => {
  const dataSource = await openDataSource(optionsFor(options));
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
};
