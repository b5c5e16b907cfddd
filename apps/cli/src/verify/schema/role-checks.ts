import type { Check } from '../check';
import { literal, oursCte } from './catalog';
import type { DeclaredSchema } from './declared-schema';
import { ADMINISTRATORS, GRANTED, mayUse } from './privilege-checks';

const isMember = (role: string): string => `pg_has_role(r.oid, '${role}', 'member')`;

/** The schema with the tables. */
const OUR_SCHEMA = '(select min(relnamespace::bigint)::oid from ours)';

/** As in `server_version_num`. Before, every role may create tables in the schema public by default. */
const POSTGRES_15 = 150_000;
const POSTGRES_16 = 160_000;

/** Ways around the declared privileges of a role that writes, each as a condition and in words. */
const detours = (serverVersion: number): (readonly [condition: string, words: string])[] => [
  [`exists (select from ours c where pg_has_role(r.oid, c.relowner, 'member'))`, 'owner'],
  [
    `exists (select from pg_namespace n where n.oid = ${OUR_SCHEMA}
               and pg_has_role(r.oid, n.nspowner, 'member'))`,
    'owner of the schema',
  ],
  [
    `exists (select from pg_database d where d.datname = current_database()
               and pg_has_role(r.oid, d.datdba, 'member'))`,
    'owner of the database',
  ],
  ['r.rolreplication', 'may replicate'],
  [isMember('pg_execute_server_program'), 'may execute programs on the server'],
  [isMember('pg_write_server_files'), 'may write files of the server'],
  [`has_database_privilege(r.oid, current_database(), 'create')`, 'may create schemas'],
  ...(serverVersion < POSTGRES_15
    ? []
    : ([
        [`has_schema_privilege(r.oid, ${OUR_SCHEMA}, 'create')`, 'may create tables'],
        [
          `has_parameter_privilege(r.oid, 'session_replication_role', 'set')`,
          'may switch off triggers and foreign keys',
        ],
      ] as const)),
  // From Postgres 16 on it needs ADMIN on a role to grant it.
  ...(serverVersion < POSTGRES_16 ? ([['r.rolcreaterole', 'may grant every role']] as const) : []),
];

/** The roles with a grant to write that are no superusers. */
const WRITERS = `
  r.oid in (select grantee from granted where privilege not in ('select', 'maintain'))
    and not r.rolsuper`;

/** A role with such power can change the guards, or become one that can. */
const detourCheck = ({ objects }: DeclaredSchema, serverVersion: number): Check => ({
  name: 'role',
  rule: 'No role that writes owns the tables, their schema or the database, or has a power to bypass the grants.',
  subject: 'tables',
  count: Object.keys(objects.table).length,
  sql: `
    with ${oursCte(Object.keys(objects.table))},
    ${GRANTED}
    select format('role %s', r.rolname) as place, 'no such power' as expected, detour.words as found
      from pg_roles r cross join lateral (values
        ${detours(serverVersion)
          .map(([condition, words]) => `(${condition}, ${literal(words)})`)
          .join(',\n        ')}
      ) as detour (is_open, words)
     where ${WRITERS} and detour.is_open
     order by 1, 3`,
});

/** Without these the grants on tables are of no use. */
const accessCheck = ({ objects }: DeclaredSchema): Check => ({
  name: 'access',
  rule: 'Each role that writes may connect to the database and use the schema.',
  subject: 'tables',
  count: Object.keys(objects.table).length,
  sql: `
    with ${oursCte(Object.keys(objects.table))},
    ${GRANTED}
    select format('role %s', r.rolname) as place, 'connect, usage' as expected,
           coalesce(nullif(concat_ws(', ', case when may_connect then 'connect' end,
                                     case when may_use then 'usage' end), ''), 'none') as found
      from pg_roles r
     cross join lateral (
       select has_database_privilege(r.oid, current_database(), 'connect') as may_connect,
              has_schema_privilege(r.oid, ${OUR_SCHEMA}, 'usage') as may_use) access
     where ${WRITERS} and not (may_connect and may_use)
     order by 1`,
});

/**
 * A view and a function can do what its owner may, for each role that may use it. A trigger function needs no
 * privilege. A function whose text does not name a table is not reported, since poolers and other tools
 * have some of their own.
 */
const delegateCheck = ({ objects }: DeclaredSchema): Check => ({
  name: 'delegate',
  rule: 'No view and no function lets a role do what only the owner of the tables may do.',
  subject: 'tables',
  count: Object.keys(objects.table).length,
  sql: `
    with ${oursCte(Object.keys(objects.table))},
    ${ADMINISTRATORS},
    powerful as (
      select relowner as oid from ours union select oid from pg_roles where rolsuper),
    others as (
      select oid, rolname from pg_roles
       where rolcanlogin and oid not in (select oid from administrators))
    select format('view %s of role %s', v.oid::regclass, o.rolname) as place,
           'at most select' as expected, string_agg(p.privilege, ', ' order by p.privilege) as found
      from pg_class v cross join others o
     cross join unnest(array['insert', 'update', 'delete']) as p (privilege)
     where v.relkind = 'v' and v.relowner in (select oid from powerful)
       and not coalesce('security_invoker=true' = any (v.reloptions), false)
       and exists (select from pg_rewrite w join pg_depend d on d.objid = w.oid
                    where w.ev_class = v.oid and d.refobjid in (select oid from ours))
       and ${mayUse('o.oid', 'v.oid')}
     group by v.oid, o.rolname
    union all
    select format('function %s of role %s', f.oid::regprocedure, o.rolname), 'not executable',
           'security definer'
      from pg_proc f cross join others o
     where f.prosecdef and f.proowner in (select oid from powerful)
       and exists (select from ours c where f.prosrc ~* ('\\y' || c.relname || '\\y'))
       and (exists (select from pg_trigger where tgfoid = f.oid)
            or has_schema_privilege(o.oid, f.pronamespace, 'usage')
               and has_function_privilege(o.oid, f.oid, 'execute'))
     order by 1`,
});

/** Looks for ways around the declared grants. */
export const roleChecks = (schema: DeclaredSchema, serverVersion: number): readonly Check[] => [
  detourCheck(schema, serverVersion),
  accessCheck(schema),
  delegateCheck(schema),
];
