/** The kinds of objects that a schema consists of. */
export const CATALOG_KINDS = [
  'table',
  'column',
  'constraint',
  'index',
  'trigger',
  'function',
] as const;
export type CatalogKind = (typeof CATALOG_KINDS)[number];

/** Returns text as an SQL literal. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Returns the CTE `ours`: the catalog rows of these tables, as the search path finds them. So the
 * tables may be in any schema.
 */
export const oursCte = (tables: readonly string[]): string => `
  ours as (
    select c.* from pg_class c
     where c.relname in (${tables.map(literal).join(', ')})
       and c.oid = to_regclass(quote_ident(c.relname::text)))`;

const TABLES = `
  select c.relname::text as name,
         concat_ws(', ',
           case c.relkind when 'r' then 'table' else format('relation of kind %s', c.relkind) end,
           case c.relpersistence when 'u' then 'unlogged' when 't' then 'temporary' end,
           case when not c.relhastriggers and exists (select from pg_trigger where tgrelid = c.oid)
             then 'its triggers are ignored' end,
           case when not c.relhasindex and exists (select from pg_index where indrelid = c.oid)
             then 'its indexes are ignored' end,
           case when c.relchecks <> (select count(*) from pg_constraint
                                      where conrelid = c.oid and contype = 'c')
             then 'its checks are ignored' end,
           case when c.relrowsecurity or c.relforcerowsecurity then 'row level security' end,
           (select 'policies ' || string_agg(polname::text, ', ' order by polname)
              from pg_policy where polrelid = c.oid),
           (select 'rules ' || string_agg(rulename::text, ', ' order by rulename)
              from pg_rewrite where ev_class = c.oid and c.relkind = 'r'),
           (select 'inherited by ' || string_agg(inhrelid::regclass::text, ', ' order by inhrelid)
              from pg_inherits where inhparent = c.oid),
           (select 'inherits ' || string_agg(inhparent::regclass::text, ', ' order by inhparent)
              from pg_inherits where inhrelid = c.oid)) as definition
    from ours c`;

/** Postgres 18 can have a NOT NULL that is not yet validated. Before, it is always valid. */
const COLUMNS = `
  select format('%s.%s', c.relname, a.attname) as name,
         concat_ws(' ', format_type(a.atttypid, a.atttypmod),
           case when a.attcollation <> t.typcollation then
             (select format('collate %I', collname) from pg_collation o where o.oid = a.attcollation)
           end,
           case when a.attnotnull then 'not null' end,
           (select 'not valid' from pg_constraint n
             where n.conrelid = c.oid and n.contype = 'n' and n.conkey = array[a.attnum]
               and not n.convalidated limit 1),
           case when a.attidentity <> '' then format('identity %s', a.attidentity) end,
           case when a.attgenerated <> '' then format('generated %s', a.attgenerated) end,
           'default ' || pg_get_expr(d.adbin, d.adrelid)) as definition
    from ours c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    join pg_type t on t.oid = a.atttypid
    left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum`;

/** Postgres checks a foreign key by triggers of its own, which can be disabled. */
const CONSTRAINTS = `
  select format('%s.%s', c.relname, k.conname) as name,
         concat_ws(', ', regexp_replace(pg_get_constraintdef(k.oid), '\\s+', ' ', 'g'),
           (select 'not checked: its triggers are disabled' from pg_trigger g
             where g.tgconstraint = k.oid and g.tgenabled <> 'O' limit 1)) as definition
    from ours c join pg_constraint k on k.conrelid = c.oid
   where k.contype in ('c', 'f', 'p', 'u', 'x')`;

/** The pretty form has the schema only where the search path does not lead to the table. */
const INDEXES = `
  select x.relname::text as name,
         concat_ws(', ', pg_get_indexdef(i.indexrelid, 0, true),
           case when not i.indisvalid then 'invalid' end,
           case when not i.indisready then 'not maintained' end,
           case when not i.indislive then 'being dropped' end) as definition
    from ours c join pg_index i on i.indrelid = c.oid join pg_class x on x.oid = i.indexrelid`;

const TRIGGERS = `
  select format('%s.%s', c.relname, g.tgname) as name,
         concat_ws(', ', pg_get_triggerdef(g.oid, true),
           case g.tgenabled when 'O' then null when 'D' then 'disabled'
             when 'R' then 'enabled for replication only' else 'enabled always' end) as definition
    from ours c join pg_trigger g on g.tgrelid = c.oid
   where not g.tgisinternal`;

const FUNCTIONS = `
  select f.proname::text as name,
         concat_ws(' ', l.lanname,
           case when f.prosecdef then 'security definer' end,
           (select 'set ' || string_agg(setting, ', ') from unnest(f.proconfig) setting),
           'as', btrim(regexp_replace(f.prosrc, '\\s+', ' ', 'g'))) as definition
    from pg_proc f join pg_language l on l.oid = f.prolang
   where f.oid in (select g.tgfoid from ours c join pg_trigger g on g.tgrelid = c.oid
                    where not g.tgisinternal)`;

/**
 * The objects of each kind, as name and definition. Every role can read them, and the definitions are
 * the same in Postgres 14 to 18. They need the CTE `ours`.
 */
export const CATALOG: Readonly<Record<CatalogKind, string>> = {
  table: TABLES,
  column: COLUMNS,
  constraint: CONSTRAINTS,
  index: INDEXES,
  trigger: TRIGGERS,
  function: FUNCTIONS,
};
