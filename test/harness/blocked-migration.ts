import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dataSourceOptions, migrate } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';

/** Needs an exclusive lock on the orders, and changes nothing. */
export class TouchOrders1999000000000 implements MigrationInterface {
  name = 'TouchOrders1999000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('alter table orders drop constraint if exists orders_absent');
  }

  async down(): Promise<void> {
    // Nothing to revert.
  }
}

const SCHEMA = {
  ...ordersSchema,
  migrations: [...ordersSchema.migrations, TouchOrders1999000000000],
};

export const touchOrdersOptions = (url: string) =>
  dataSourceOptions(
    { url, applicationName: 'test', poolSize: 2, timeoutMs: 10_000 },
    SCHEMA,
    () => undefined,
  );

/** Applies a migration that needs an exclusive lock on the orders. Returns the migrations that ran. */
export const touchOrders = (url: string): Promise<string[]> => migrate(touchOrdersOptions(url));
