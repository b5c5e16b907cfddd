import {
  createIndexConcurrently,
  dropIndexConcurrently,
  outsideTransaction,
  withShortLock,
} from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The client's own id of an order, and the index of `GET /v1/orders?externalId=`. Instances of the version
 * before reject the field.
 */
export class OrderExternalId1764600000001 implements MigrationInterface {
  name = 'OrderExternalId1764600000001';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(
      runner,
      'alter table orders add column if not exists external_id text collate "C"',
    );
    await createIndexConcurrently(runner, {
      name: 'orders_by_external_id',
      on: 'orders (external_id, id) where external_id is not null',
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await outsideTransaction(runner, async () => {
      await dropIndexConcurrently(runner, 'orders_by_external_id');
      await withShortLock(runner, 'alter table orders drop column if exists external_id');
    });
  }
}
