import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { databasesFileOf } from '@app/config';
import { type ServiceName, SERVICES } from '../apps/cli/src/instance/database-target';
import type { EmbeddedPostgres } from './embedded-postgres';
import { asRole, type DatabaseAccess, type Databases, databaseSetting } from './launch-settings';
import { writePrivateFile } from './private-files';
import { projectRoot } from './tool';

/**
 * Prepares the embedded database of a service with two roles: the owner of the database, which is no
 * superuser, and the role that the service works as. Also corrects a database of an earlier version, in
 * which the superuser owned everything.
 */
export async function openServiceDatabase(
  postgres: EmbeddedPostgres,
  service: ServiceName,
): Promise<DatabaseAccess> {
  await postgres.createDatabase(service);
  const administratorUrl = postgres.url(service);
  const access = {
    url: asRole(administratorUrl, `${service}_app`),
    ownerUrl: asRole(administratorUrl, `${service}_owner`),
    isEmbedded: true,
  };
  const client = new Client(administratorUrl);
  await client.connect();
  try {
    // A statement with a password that fails is not to appear in the log.
    await client.query('set log_min_error_statement = panic; set log_statement = none');
    for (const url of [access.ownerUrl, access.url]) await ensureRole(client, new URL(url));
    await transferDatabase(client, service);
  } finally {
    await client.end();
  }
  return access;
}

async function ensureRole(client: Client, { username, password }: URL): Promise<void> {
  const role = escapeIdentifier(username);
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [username]);
  if (rowCount === 0) await client.query(`create role ${role}`);
  await client.query(`alter role ${role} login nosuperuser nocreatedb nocreaterole
    noreplication nobypassrls password ${escapeLiteral(password)}`);
}

async function transferDatabase(client: Client, service: ServiceName): Promise<void> {
  const owner = `${service}_owner`;
  await client.query(`
    alter database ${service} owner to ${owner};
    revoke connect on database ${service} from public;
    grant connect on database ${service} to ${service}_app;
    alter schema public owner to ${owner};
    revoke create on schema public from public`);
  await client.query(`do $$ declare statement text; begin
    for statement in
      select format('alter %s %s owner to ${owner}', kind, name) from (${OWNED_BY_ADMINISTRATOR})
          as object (kind, name)
    loop execute statement; end loop;
  end $$`);
}

/** Their indexes, and sequences that belong to a column, follow the tables. */
const OWNED_BY_ADMINISTRATOR = `
  select case relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence'
                      else 'table' end, oid::regclass::text
    from pg_class
   where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v', 'm', 'S')
     and relowner = current_user::regrole
     and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = pg_class.oid
                        and deptype in ('a', 'i', 'e'))
  union all
  select 'routine', oid::regprocedure::text
    from pg_proc
   where pronamespace = 'public'::regnamespace and proowner = current_user::regrole
     and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = pg_proc.oid
                        and deptype = 'e')`;

/** Writes the URLs of the embedded databases for services that run in watch mode. */
export const publishForServices = (databases: Databases): Promise<void> =>
  writePrivateFile(
    databasesFileOf(projectRoot),
    SERVICES.filter((service) => databases[service].isEmbedded)
      .map((service) => `${databaseSetting(service)}=${databases[service].url}\n`)
      .join(''),
  );
