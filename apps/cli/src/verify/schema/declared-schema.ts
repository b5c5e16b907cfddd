import type { Client } from 'pg';
import { CATALOG, CATALOG_KINDS, type CatalogKind, oursCte } from './catalog';

/** The schema that the migrations of a service create. `npm run db:snapshot` generates it. */
export interface DeclaredSchema {
  /** The definitions of all objects by kind and name. */
  readonly objects: Readonly<Record<CatalogKind, Readonly<Record<string, string>>>>;
  /** The names of the migrations. */
  readonly migrations: readonly string[];
  /** The privileges, by table, of the service's role if it does not own the tables. */
  readonly privileges: Readonly<Record<string, readonly string[]>>;
}

/** Returns the objects of a migrated database, in the form of the declared schema. */
export const readObjects = async (client: Client): Promise<DeclaredSchema['objects']> => {
  const { rows: tables } = await client.query<{ name: string }>(
    `select tablename::text as name from pg_tables where schemaname = current_schema()`,
  );
  const ours = oursCte(tables.map(({ name }) => name));
  const objects = new Map<CatalogKind, Record<string, string>>();
  for (const kind of CATALOG_KINDS) {
    const { rows } = await client.query<{ name: string; definition: string }>(
      `with ${ours} select name, definition from (${CATALOG[kind]}) o order by name collate "C"`,
    );
    objects.set(kind, Object.fromEntries(rows.map(({ name, definition }) => [name, definition])));
  }
  return Object.fromEntries(objects) as DeclaredSchema['objects'];
};
