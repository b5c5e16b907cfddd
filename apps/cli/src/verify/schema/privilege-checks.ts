import type { Check } from '../check';
import { literal, oursCte } from './catalog';
import type { DeclaredSchema } from './declared-schema';

/** All privileges of a table that can change data or its guards. MAINTAIN (Postgres 17) cannot. */
const PRIVILEGES = ['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'];

/** Whether a role has the privilege `p.privilege` on a relation, or on any of its columns. */
export const mayUse = (role: string, relation: string): string => `
  case when p.privilege in ('delete', 'truncate', 'trigger')
       then has_table_privilege(${role}, ${relation}, p.privilege)
       else has_any_column_privilege(${role}, ${relation}, p.privilege) end`;

/** Every explicit grant on a table or a column to a role other than the owner. */
export const GRANTED = `
  granted as (
    select c.oid, c.relname, a.grantee, lower(a.privilege_type) as privilege, a.is_grantable
      from ours c cross join lateral (
        select * from aclexplode(c.relacl)
        union all
        select x.* from pg_attribute t cross join lateral aclexplode(t.attacl) x
         where t.attrelid = c.oid) a
     where a.grantee <> c.relowner)`;

/**
 * Roles that administer the server or the tables. What they can do is not declared: they can change the
 * declaration as well.
 */
export const ADMINISTRATORS = `
  administrators as (
    select oid from pg_roles
     where rolsuper or rolcreaterole
        or exists (select from ours c where pg_has_role(pg_roles.oid, c.relowner, 'member')))`;

/**
 * The roles to which something was granted, and all logins that are no administrators, with what they can
 * do: also by PUBLIC, by membership in another role, as an owner or as a superuser.
 */
const ALLOWED = `
  grantees as (
    select grantee, bool_or(writes) as writes
      from (select grantee, privilege not in ('select', 'maintain') as writes from granted
             where grantee <> 0
             union all
            select oid, false from pg_roles
             where rolcanlogin and oid not in (select oid from administrators)) r
     group by grantee),
  allowed as (
    select g.grantee, g.writes, c.relname, p.privilege, p.nth,
           d.privilege is not null as is_declared,
           ${mayUse('g.grantee', 'c.oid')} as has_any,
           has_table_privilege(g.grantee, c.oid, p.privilege) as has,
           exists (select from granted o
                    where o.grantee = g.grantee and o.oid = c.oid and o.privilege = p.privilege
                      and o.is_grantable) as can_grant
      from grantees g cross join ours c
     cross join unnest(array[${PRIVILEGES.map(literal).join(', ')}])
                  with ordinality as p (privilege, nth)
      left join declared d on d.relname = c.relname and d.privilege = p.privilege)`;

const privilegeCheck = ({ objects, privileges }: DeclaredSchema): Check => ({
  name: 'privilege',
  rule: 'Each role that may write has exactly the declared privileges, and other roles may only read.',
  subject: 'tables',
  count: Object.keys(objects.table).length,
  sql: `
    with ${oursCte(Object.keys(objects.table))},
    declared as (
      select t.key as relname, p.privilege
        from jsonb_each(${literal(JSON.stringify(privileges))}::jsonb) t
       cross join lateral jsonb_array_elements_text(t.value) as p (privilege)),
    ${GRANTED},
    ${ADMINISTRATORS},
    ${ALLOWED}
    select format('%s of role %s', a.relname, r.rolname) as place,
           coalesce(string_agg(privilege, ', ' order by nth) filter (where is_declared), 'none')
             as expected,
           coalesce(string_agg(privilege || case when can_grant then ' with grant option' else '' end,
                               ', ' order by nth) filter (where has_any), 'none') as found
      from allowed a join pg_roles r on r.oid = a.grantee
     group by a.relname, r.rolname
    having bool_or(has_any and not is_declared and privilege <> 'select' or can_grant)
        or bool_or(writes and is_declared and not has)
    union all
    select format('%s of PUBLIC', relname), 'none, or select',
           string_agg(distinct privilege, ', ' order by privilege)
      from granted where grantee = 0 and privilege <> 'select'
     group by relname
     order by 1`,
});

/** A role that owns a table can disable its trigger and change its rows. */
const ownerCheck = ({ objects }: DeclaredSchema): Check => ({
  name: 'owner',
  rule: 'All tables and trigger functions have one owner.',
  subject: 'tables',
  count: Object.keys(objects.table).length,
  sql: `
    with ${oursCte(Object.keys(objects.table))},
    owned as (
      select relname::text as name, relowner as owner from ours
      union all
      select format('function %s', f.proname), f.proowner from pg_proc f
       where f.oid in (select g.tgfoid from ours c join pg_trigger g on g.tgrelid = c.oid
                        where not g.tgisinternal))
    select o.name as place, pg_get_userbyid(m.relowner) as expected,
           pg_get_userbyid(o.owner) as found
      from owned o join ours m on m.relname = 'migration'
     where o.owner <> m.relowner
     order by 1`,
});

/** Compares the grants and the ownership with what is declared. */
export const privilegeChecks = (schema: DeclaredSchema): readonly Check[] => [
  privilegeCheck(schema),
  ownerCheck(schema),
];
