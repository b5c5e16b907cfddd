import { withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * An order with an idempotency key gets a fingerprint of its contents. Orders of earlier versions, and of
 * instances of them that still run, have none and are compared by what is stored.
 */
export class OrderFingerprint1764500000000 implements MigrationInterface {
  name = 'OrderFingerprint1764500000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(runner, 'alter table orders add column if not exists fingerprint bytea');
  }

  /** Orders whose note was erased are then taken for other orders. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('alter table orders drop column fingerprint');
  }
}
