import type { Check } from '../check';
import { CATALOG, type CatalogKind, literal, oursCte } from './catalog';
import { collationCheck } from './collation-check';
import type { DeclaredSchema } from './declared-schema';
import { privilegeChecks } from './privilege-checks';
import { roleChecks } from './role-checks';

const RULES: Readonly<Record<CatalogKind, string>> = {
  table: 'Each table is an ordinary logged table, without rules, policies and inheritance.',
  column: 'Each column has the declared type, collation, nullability and default.',
  constraint: 'Each declared constraint exists, is valid and is checked.',
  index: 'Each declared index exists and is valid.',
  trigger: 'Each declared trigger exists and is enabled, and there is no other.',
  function: 'Each trigger function is as declared.',
};

const SUBJECTS: Readonly<Record<CatalogKind, string>> = {
  table: 'tables',
  column: 'columns',
  constraint: 'constraints',
  index: 'indexes',
  trigger: 'triggers',
  function: 'functions',
};

const objectCheck = (kind: CatalogKind, { objects }: DeclaredSchema): Check => {
  const declared = objects[kind];
  return {
    name: kind,
    rule: RULES[kind],
    subject: SUBJECTS[kind],
    count: Object.keys(declared).length,
    sql: `
      with ${oursCte(Object.keys(objects.table))},
      declared as (select * from jsonb_each_text(${literal(JSON.stringify(declared))}::jsonb)
                     as d (name, definition)),
      live as (select name collate "C" as name, definition from (${CATALOG[kind]}) o)
      select coalesce(d.name, l.name) as place, coalesce(d.definition, 'none') as expected,
             coalesce(l.definition, 'none') as found
        from declared d full join live l on l.name = d.name
       where d.definition is distinct from l.definition
       order by 1`,
  };
};

/** TypeORM runs a migration whose row is missing again, and reverts the one with the last row. */
const migrationCheck = ({ migrations }: DeclaredSchema): Check => ({
  name: 'migration',
  rule: 'Each migration of this version was run once, with the time in its name, and no other.',
  subject: 'migrations',
  count: migrations.length,
  sql: `
    with declared as (
      select * from jsonb_array_elements_text(${literal(JSON.stringify(migrations))}::jsonb)
               as d (name)),
    ran as (select name::text, count(*) as times, bool_and(right(name, 13) = timestamp::text) as is_dated
              from migration group by name)
    select coalesce(d.name, r.name) as place,
           case when d.name is null then 'no migration of this name' else 'run once' end as expected,
           case when r.name is null then 'not run' when r.times > 1 then format('run %s times', r.times)
                when d.name is null then 'run once' else 'run once at another time' end as found
      from declared d full join ran r on r.name = d.name
     where d.name is null or r.times is distinct from 1 or not r.is_dated
     order by 1`,
});

/** With another value, triggers and foreign keys are not checked. */
const REPLICATION_ROLE: Check = {
  name: 'replication-role',
  rule: 'No setting of a role, the database or the server disables triggers and foreign keys.',
  subject: 'settings',
  count: 1,
  sql: `
    select concat_ws(', ', case when s.setdatabase <> 0 then 'this database' end,
                     case when s.setrole <> 0 then format('role %s', r.rolname) else 'every role' end)
             as place,
           'session_replication_role=origin' as expected, setting as found
      from pg_db_role_setting s cross join lateral unnest(s.setconfig) setting
      left join pg_roles r on r.oid = s.setrole
     where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
       and setting like 'session_replication_role=%' and setting not like '%=origin'
    union all
    select 'this session', 'origin', current_setting('session_replication_role')
     where current_setting('session_replication_role') <> 'origin'`,
};

/** Compares the catalog and the grants of a database with the declared schema. */
export const schemaChecks = (
  schema: DeclaredSchema,
  /** As in `server_version_num`. */
  serverVersion: number,
): readonly Check[] => [
  migrationCheck(schema),
  ...(Object.keys(RULES) as CatalogKind[]).map((kind) => objectCheck(kind, schema)),
  REPLICATION_ROLE,
  ...privilegeChecks(schema),
  ...roleChecks(schema, serverVersion),
  collationCheck(schema, serverVersion),
];
