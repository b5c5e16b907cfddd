import type { Check } from '../check';
import { oursCte } from './catalog';
import type { DeclaredSchema } from './declared-schema';

/** Postgres records the version of a database's own collation since 15. */
const DATABASE_VERSION_SINCE = 150_000;

const DATABASE_COLLATION = `
  select format('the default collation %s', datcollate) as place, datcollversion as recorded,
         pg_database_collation_actual_version(oid) as actual
    from pg_database where datname = current_database()
  union all`;

/**
 * After an upgrade of the sort library, an index on text that is sorted by it finds rows no more, and a
 * unique one accepts duplicates. Text that is `collate "C"` does not depend on a library.
 */
export const collationCheck = ({ objects }: DeclaredSchema, serverVersion: number): Check => ({
  name: 'collation',
  rule: 'The sort library has the version that Postgres recorded; otherwise rebuild the indexes that depend on it.',
  subject: 'tables',
  count: Object.keys(objects.table).length,
  sql: `
    with ${oursCte(Object.keys(objects.table))},
    used as (
      select a.attcollation as oid from ours c join pg_attribute a on a.attrelid = c.oid
      union
      select unnest(i.indcollation::oid[]) from ours c join pg_index i on i.indrelid = c.oid),
    version as (
      ${serverVersion >= DATABASE_VERSION_SINCE ? DATABASE_COLLATION : ''}
      select format('collation %I', collname), collversion, pg_collation_actual_version(c.oid)
        from pg_collation c
       where collprovider <> 'd' and c.oid in (select oid from used))
    select place, coalesce(recorded, 'no version') as expected,
           coalesce(actual, 'no version') as found
      from version as v (place, recorded, actual)
     where recorded is distinct from actual
     order by place`,
});
