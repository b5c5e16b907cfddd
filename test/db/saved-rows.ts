import type { TestDatabase } from '../harness/databases';

/**
 * Saves the rows of all tables of a database without constraints. Returns a function that restores them,
 * which is far faster than a copy of the database.
 */
export const saveRows = async (database: TestDatabase): Promise<() => Promise<void>> => {
  const tables = await database.query<{ name: string }>(
    `select relname::text as name from pg_class
      where relkind = 'r' and relnamespace = 'public'::regnamespace`,
  );
  const forEach = (statement: (name: string) => string) =>
    database.query(tables.map(({ name }) => statement(name)).join('; '));
  await forEach((name) => `create table saved_${name} as table ${name}`);
  return async () => {
    await forEach(
      (name) => `truncate ${name}; insert into ${name} overriding system value table saved_${name}`,
    );
  };
};
