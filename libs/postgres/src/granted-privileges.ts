import type { DataSource } from 'typeorm';
import { poolOf } from './connection';
import { type AppRole, ownsTables, roleOf } from './app-role';

/** All direct grants to a role on the tables of the current role, those on single columns included. */
const GRANTS = `
  with tables as (
    select oid, relname, relacl from pg_class
     where relnamespace = (select oid from pg_namespace where nspname = $2) and relkind in ('r', 'p', 'v', 'm', 'f')
       and pg_has_role(relowner, 'usage')),
  role as (select oid from pg_roles where rolname = $1)
  select relname || '.' || lower(privilege_type) as grant
    from tables cross join lateral aclexplode(relacl) acl join role on role.oid = acl.grantee
  union all
  select relname || '.' || attname || '.' || lower(privilege_type)
    from tables join pg_attribute on attrelid = tables.oid and attacl is not null
   cross join lateral aclexplode(attacl) acl join role on role.oid = acl.grantee`;

const ACCESS = `
  select has_database_privilege(oid, current_database(), 'connect')
           and has_schema_privilege(oid, $2, 'usage') as allowed
    from pg_roles where rolname = $1`;

/** Returns whether the app's role exists and has exactly the listed privileges. */
export const arePrivilegesGranted = async (
  dataSource: DataSource,
  app: AppRole,
): Promise<boolean> => {
  const { privileges } = app;
  if (!privileges || ownsTables(dataSource, app)) return true;
  const role = roleOf(app);
  const { schema } = poolOf(dataSource).sessions;
  const [access] = await dataSource.query<{ allowed: boolean }[]>(ACCESS, [role, schema]);
  if (!access?.allowed) return false;
  const granted = await dataSource.query<{ grant: string }[]>(GRANTS, [role, schema]);
  const wanted = Object.entries(privileges).flatMap(([table, names]) =>
    names.map((name) => `${table}.${name}`),
  );
  const found = granted.map(({ grant }) => grant).sort();
  return found.join() === wanted.sort().join();
};
