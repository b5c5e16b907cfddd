import { dataSourceOptions, migrate } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import type { TestDatabase } from '../harness/databases';

type OrdersMigration = (typeof ordersSchema.migrations)[number];

/** Returns the schema of Orders before a migration and right after it. */
export const schemasAround = (migration: OrdersMigration) => {
  const index = ordersSchema.migrations.indexOf(migration);
  return {
    previous: { ...ordersSchema, migrations: ordersSchema.migrations.slice(0, index) },
    upgraded: { ...ordersSchema, migrations: ordersSchema.migrations.slice(0, index + 1) },
  };
};

type OrdersSchema = ReturnType<typeof schemasAround>['previous'];

/** Returns how the owner of the tables connects. */
export const ownerOptions = ({ ownerUrl }: TestDatabase, schema: OrdersSchema) =>
  dataSourceOptions(
    { url: ownerUrl, applicationName: 'test', poolSize: 3, timeoutMs: 10_000 },
    schema,
    () => undefined,
  );

/** Applies the migrations of a schema, as the owner. */
export const migrateTo = (database: TestDatabase, schema: OrdersSchema): Promise<string[]> =>
  migrate(ownerOptions(database, schema));

/**
 * Adds the columns of later migrations. The code of today, which stands for that of an earlier version in
 * tests of an earlier migration, reads and writes them.
 */
export const addLaterColumns = async (database: TestDatabase): Promise<void> => {
  await database.query(`
    alter table orders add column if not exists fingerprint bytea,
      add column reductions smallint not null default 0,
      add column if not exists external_id text,
      add column if not exists metadata jsonb;
    create table order_reduction (order_id uuid, number smallint, sku text, quantity integer)`);
};
