import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { poolOf } from './connection';
import type { Privileges } from './data-source-options';
import type { PipelinedTransaction } from './pipelined-transaction';
import { withTransactionRetry } from './transaction-retry';

/** Whom an app works as, and what that role may do where it does not own the tables. */
export interface AppRole {
  readonly url: string;
  readonly privileges?: Privileges;
}

interface Login {
  readonly user: string;
  readonly password?: string;
}

/**
 * Makes the app's role where there is none, and lets it do what is listed and nothing else. Does
 * nothing where the app is the owner. One transaction, so that instances which are at work never
 * find their rights gone. To be called as the owner, while nobody else migrates.
 */
export const grantPrivileges = async (dataSource: DataSource, app: AppRole): Promise<void> => {
  const { privileges } = app;
  const { url: ownerUrl } = dataSource.options as PostgresDataSourceOptions;
  const login = loginOf(app.url);
  if (!privileges || login.user === loginOf(ownerUrl).user) return;
  await withTransactionRetry(poolOf(dataSource), async (tx) => {
    await ensureRole(tx, login);
    await grantAccess(tx, login.user);
    await grantExactly(tx, login.user, privileges);
  });
};

/** As the app's own connections read the URL, with what pg fills in where it says nothing. */
const loginOf = (url: string | undefined): Login => {
  const { user = '', password } = new Client(url);
  return { user, password };
};

const ensureRole = async (tx: PipelinedTransaction, { user, password }: Login): Promise<void> => {
  const role = await tx.queryOne<{ there: boolean; me: string; mayMakeIt: boolean }>(
    `select exists (select from pg_roles where rolname = $1) as there,
            rolname as me, rolsuper or rolcreaterole as "mayMakeIt"
       from pg_roles where rolname = current_user`,
    [user],
  );
  if (role.there) return;
  if (!role.mayMakeIt) throw new Error(missingRoleMessage(user, role.me));
  const create = `create role ${escapeIdentifier(user)} login
    password ${password ? escapeLiteral(password) : 'null'}`;
  // Roles are the whole server's, and our lock is one database's: another may make it just now.
  // Caught inside Postgres, whose log would otherwise have the statement, and so the password.
  await tx.query(
    `do ${escapeLiteral(`begin ${create};
      exception when duplicate_object or unique_violation then null; end`)}`,
  );
};

const missingRoleMessage = (user: string, ownerName: string): string => {
  const [role, owner] = [escapeIdentifier(user), escapeIdentifier(ownerName)];
  return (
    `The database role ${role} does not exist, and ${owner} may not make it. Make it as an ` +
    `administrator (create role ${role} login password '…'), ` +
    `or let the owner do it (alter role ${owner} createrole).`
  );
};

/** Everybody may do this by default; where that was taken away, the role gets it back. */
const grantAccess = async (tx: PipelinedTransaction, user: string): Promise<void> => {
  const may = await tx.queryOne<{ connect: boolean; use: boolean; database: string }>(
    `select has_database_privilege($1, current_database(), 'connect') as connect,
            has_schema_privilege($1, 'public', 'usage') as use, current_database() as database`,
    [user],
  );
  const role = escapeIdentifier(user);
  const database = escapeIdentifier(may.database);
  if (!may.connect) await tx.query(`grant connect on database ${database} to ${role}`);
  if (!may.use) await tx.query(`grant usage on schema public to ${role}`);
};

const grantExactly = async (
  tx: PipelinedTransaction,
  user: string,
  privileges: Privileges,
): Promise<void> => {
  const role = escapeIdentifier(user);
  const tables = await ownTables(tx);
  if (tables.length > 0) await tx.query(`revoke all on ${tables.join(', ')} from ${role}`);
  for (const [table, allowed] of Object.entries(privileges)) {
    await tx.query(`grant ${allowed.join(', ')} on public.${escapeIdentifier(table)} to ${role}`);
  }
};

/** Not all of the schema: an extension may have put tables there which are somebody else's. */
const ownTables = async (tx: PipelinedTransaction): Promise<string[]> => {
  const rows = await tx.query<{ name: string }>(
    `select format('public.%I', relname) as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'f')
        and pg_has_role(relowner, 'usage')`,
  );
  return rows.map(({ name }) => name);
};
