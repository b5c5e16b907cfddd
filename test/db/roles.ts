import { randomUUID } from 'node:crypto';
import { escapeIdentifier } from 'pg';
import { dataSourceOptions, migrate, type Privileges } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import type { TestDatabase } from '../harness/databases';
import { eventually } from '../harness/wait';
import { withClient } from '../harness/with-client';

export const DENIED = { code: '42501' };
export const MOVEMENT = `
  with level as (insert into stock_level values ('new', 1, 0, 1))
  insert into stock_movement values ('new', 1, 'ADJUSTED', 1, 0, 1, 0, null, 'test')`;

/** Runs one statement on a new connection. */
export const queryAs = async <Row>(url: string, sql: string): Promise<Row[]> => {
  const { rows } = await withClient(url, (client) => client.query(sql));
  return rows as Row[];
};

/** Migrates and grants as a service does before it works as the role of `url`. */
export const migrateFor = (
  url: string,
  { ownerUrl }: Pick<TestDatabase, 'ownerUrl'>,
  privileges: Privileges = inventorySchema.privileges,
): Promise<string[]> => {
  const settings = { url: ownerUrl, applicationName: 'test', poolSize: 2, timeoutMs: 10_000 };
  return migrate(
    dataSourceOptions(settings, inventorySchema, () => undefined),
    { url, privileges },
  );
};

/** Returns the privileges of a role by table. */
export const grantsOf = async (database: TestDatabase, role: string): Promise<object> => {
  const rows = await database.query<{ table: string; privileges: string[] }>(
    `select table_name as table, array_agg(lower(privilege_type)::text order by 1) as privileges
       from information_schema.role_table_grants where grantee = $1 group by 1`,
    [role],
  );
  return Object.fromEntries(rows.map(({ table, privileges }) => [table, privileges.sort()]));
};

export const sortedPrivileges = (privileges: Privileges): object =>
  Object.fromEntries(
    Object.entries(privileges).map(([table, allowed]) => [table, [...allowed].sort()]),
  );

export const newName = (prefix: string): string => `${prefix}_${randomUUID().replaceAll('-', '')}`;

/** Roles belong to the server, so they outlive the database in which they were created. */
export const dropAll = async (
  databases: readonly TestDatabase[],
  ...roles: string[]
): Promise<void> => {
  await Promise.all(databases.map((database) => database.drop()));
  const server = process.env.TEST_POSTGRES_URL ?? '';
  for (const role of roles) await queryAs(server, `drop role if exists ${escapeIdentifier(role)}`);
};

/** Waits until a session waits for the transaction of another. */
export const awaitBlockedTransaction = (database: TestDatabase) =>
  eventually('a session waits for a lock', async () => {
    const rows = await database.query(
      `select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
          and wait_event = 'transactionid'`,
    );
    return rows.length > 0;
  });
