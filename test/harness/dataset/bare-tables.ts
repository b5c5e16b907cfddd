import type { Client } from 'pg';

interface Definition {
  readonly name: string;
  readonly drop: string;
  readonly create: string;
}

/**
 * All indexes except the primary keys that foreign keys reference: they are faster to build at the end
 * than to maintain row by row. Rows are inserted in the order of those primary keys, which is cheap, and
 * the foreign keys need not be checked again.
 */
const DEFINITIONS = `
  select i.indexrelid::regclass::text as name,
         case when c.oid is null then format('drop index %s', i.indexrelid::regclass)
              else format('alter table %s drop constraint %I', i.indrelid::regclass, c.conname) end
           as drop,
         case when c.oid is null then pg_get_indexdef(i.indexrelid)
              else format('alter table %s add constraint %I %s', i.indrelid::regclass, c.conname,
                          pg_get_constraintdef(c.oid)) end as create
    from pg_index i
    left join pg_constraint c on c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x')
   where i.indrelid = any($1::regclass[])
     and not exists (
       select from pg_constraint f where f.contype = 'f' and f.conindid = i.indexrelid)
   order by i.indrelid, i.indexrelid`;

/** Drops indexes of these tables. Returns the statements that recreate them, by index name. */
export const dropIndexes = async (
  client: Client,
  tables: readonly string[],
): Promise<ReadonlyMap<string, string>> => {
  const { rows } = await client.query<Definition>(DEFINITIONS, [tables]);
  for (const { drop } of rows) await client.query(drop);
  return new Map(rows.map(({ name, create }) => [name, create]));
};
