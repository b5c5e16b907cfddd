import type { ClientBase } from 'pg';
import { UnsuitableDatabaseError } from './session-check';

/**
 * Returns the schema that has one of the tables, so that the owner and the app's role, whose default schemas may
 * differ, use the same one. If no schema has it: the default schema of this session. Throws if several
 * have it: a copy of the tables, such as a restored backup, must not be mistaken for them.
 */
export const findSchema = async (
  client: ClientBase,
  tables: readonly string[],
): Promise<string> => {
  const { rows } = await client.query<{ current: string | null; found: string[] }>(
    `select current_schema() as current,
            array(select distinct n.nspname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
                   where c.relname = any($1) and c.relkind in ('r', 'p')
                     and n.nspname not like 'pg\\_temp\\_%' order by 1) as found`,
    [tables],
  );
  const { current, found } = rows[0] ?? { current: null, found: [] };
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) {
    if (current !== null) return current;
    throw new UnsuitableDatabaseError(
      'The search_path of the database role names no schema that exists. Create the schema, or name ' +
        'one: ORDERS_DATABASE_SCHEMA, INVENTORY_DATABASE_SCHEMA.',
    );
  }
  throw new UnsuitableDatabaseError(
    `Several schemas have a table ${tables.join(' or ')}: ${found.join(', ')}. Name the right one: ` +
      'ORDERS_DATABASE_SCHEMA, INVENTORY_DATABASE_SCHEMA.',
  );
};
