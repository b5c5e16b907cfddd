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
