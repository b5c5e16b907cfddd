import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDataSourceOptions } from 'typeorm/driver/postgres/PostgresDataSourceOptions';
import { parseDatabaseUrl } from '@app/config';
import { poolOf } from './connection';
import type { Privileges } from './data-source-options';
import { PipelinedTransaction } from './pipelined-transaction';
import { hasCode, kindOf } from './postgres-errors';
import { withRetry } from './retry';
import { scramVerifier } from './scram-verifier';

/** The database role of an app, and its privileges if it does not own the tables. */
export interface AppRole {
  readonly url: string;
  readonly privileges?: Privileges;
}

interface Login {
  readonly user: string;
  readonly password?: string;
}

/**
 * Creates the app's role if it does not exist, and grants it exactly the listed privileges. Does
 * nothing if the app is the owner. Uses one transaction, so that running instances never lose a
 * privilege in between. The caller must be the owner and hold the migration lock.
 */
export const grantPrivileges = async (dataSource: DataSource, app: AppRole): Promise<void> => {
  const { privileges } = app;
  if (!privileges || ownsTables(dataSource, app)) return;
  const login = loginOf(app.url);
  const connections = poolOf(dataSource);
  const { schema } = connections.sessions;
  const grant = () =>
    PipelinedTransaction.run(connections, async (tx) => {
      await ensureRole(tx, login);
      await grantAccess(tx, login.user, schema);
      await grantExactly(tx, login.user, { schema, privileges });
    });
  await withRetry(grant, (error) => kindOf(error) === 'retry' || hasCode(error, INTERNAL_ERROR));
};

/**
 * Of two sessions that change the same grants at once, Postgres rejects one with "tuple concurrently
 * updated", which has no SQLSTATE of its own.
 */
const INTERNAL_ERROR = 'XX000';

/** Returns the name of the app's role. */
export const roleOf = ({ url }: AppRole): string => loginOf(url).user;

/** Returns whether the app's role is the role that migrates. */
export const ownsTables = ({ options }: DataSource, app: AppRole): boolean =>
  roleOf(app) === loginOf((options as PostgresDataSourceOptions).url).user;

/** Reads the URL as the app's connections do, including the defaults of pg. */
const loginOf = (url: string | undefined): Login => {
  const [server] = url === undefined ? [] : parseDatabaseUrl(url).servers;
  const { user = '', password } = new Client(server);
  return { user, password };
};

const ensureRole = async (tx: PipelinedTransaction, { user, password }: Login): Promise<void> => {
  const role = await tx.queryOne<{
    exists: boolean;
    currentRole: string;
    canCreateRole: boolean;
  }>(
    `select exists (select from pg_roles where rolname = $1) as exists,
            rolname as "currentRole", rolsuper or rolcreaterole as "canCreateRole"
       from pg_roles where rolname = current_user`,
    [user],
  );
  if (role.exists) return;
  if (!role.canCreateRole) throw new Error(missingRoleMessage(user, role.currentRole));
  const create = `create role ${escapeIdentifier(user)} login
    password ${password ? escapeLiteral(scramVerifier(password)) : 'null'}`;
  // Roles belong to the whole server, but the migration lock belongs to one database, so another
  // process may create the role at this moment. Postgres catches that error itself: otherwise it
  // would log the failed statement, including the password.
  await tx.query(
    `do ${escapeLiteral(`begin ${create};
      exception when duplicate_object or unique_violation then null; end`)}`,
  );
};

const missingRoleMessage = (user: string, ownerName: string): string => {
  const [role, owner] = [escapeIdentifier(user), escapeIdentifier(ownerName)];
  return (
    `The database role ${role} does not exist, and ${owner} may not create it. Create it as an ` +
    `administrator (create role ${role} login password '…'), ` +
    `or allow the owner to do so (alter role ${owner} createrole).`
  );
};

/** Postgres grants this to all roles by default; if that was revoked, grants it to this role. */
const grantAccess = async (
  tx: PipelinedTransaction,
  user: string,
  schema: string,
): Promise<void> => {
  const allowed = await tx.queryOne<{ connect: boolean; use: boolean; database: string }>(
    `select has_database_privilege($1, current_database(), 'connect') as connect,
            has_schema_privilege($1, $2, 'usage') as use, current_database() as database`,
    [user, schema],
  );
  const role = escapeIdentifier(user);
  const database = escapeIdentifier(allowed.database);
  if (!allowed.connect) await tx.query(`grant connect on database ${database} to ${role}`);
  if (!allowed.use) await tx.query(`grant usage on schema ${escapeIdentifier(schema)} to ${role}`);
};

/** Replaces the privileges of the role on all tables of the owner in the schema. */
const grantExactly = async (
  tx: PipelinedTransaction,
  user: string,
  { schema, privileges }: { readonly schema: string; readonly privileges: Privileges },
): Promise<void> => {
  const role = escapeIdentifier(user);
  const tables = await ownTables(tx, schema);
  if (tables.length > 0) await tx.query(`revoke all on ${tables.join(', ')} from ${role}`);
  for (const [table, granted] of Object.entries(privileges)) {
    const name = `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
    await tx.query(`grant ${granted.join(', ')} on ${name} to ${role}`);
  }
};

/** Returns the tables of the current role. Tables of an extension may belong to another role. */
const ownTables = async (tx: PipelinedTransaction, schema: string): Promise<string[]> => {
  const rows = await tx.query<{ name: string }>(
    `select format('%I.%I', $1::text, relname) as name from pg_class
      where relnamespace = (select oid from pg_namespace where nspname = $1) and relkind in ('r', 'p', 'v', 'm', 'f')
        and pg_has_role(relowner, 'usage')`,
    [schema],
  );
  return rows.map(({ name }) => name);
};
