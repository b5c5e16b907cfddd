import { withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The client's own texts about an order. Instances of the version before reject the field. */
export class OrderMetadata1764900000000 implements MigrationInterface {
  name = 'OrderMetadata1764900000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(runner, 'alter table orders add column if not exists metadata jsonb');
  }

  /** Orders with metadata are then taken for other orders when their keys are repeated. */
  async down(runner: QueryRunner): Promise<void> {
    await withShortLock(runner, 'alter table orders drop column if exists metadata');
  }
}
