import { withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The time of the last count of a SKU, so that an older count that arrives later is rejected. Instances of
 * the version before do not record counts there.
 */
export class StockCounts1764900000000 implements MigrationInterface {
  name = 'StockCounts1764900000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(
      runner,
      `create table if not exists stock_count (
         sku         text collate "C" not null,
         counted_at  timestamptz not null,
         constraint stock_count_pkey primary key (sku)
       )`,
    );
  }

  /** Forgets when SKUs were counted. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table stock_count');
  }
}
