import { createIndexConcurrently, dropIndexConcurrently, outsideTransaction } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The index of `GET /v1/orders?updatedSince=`. */
export class OrdersByUpdate1764600000000 implements MigrationInterface {
  name = 'OrdersByUpdate1764600000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await createIndexConcurrently(runner, {
      name: 'orders_by_update',
      on: 'orders (updated_at, id)',
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await outsideTransaction(runner, () => dropIndexConcurrently(runner, 'orders_by_update'));
  }
}
