import { CREATE_AUDIT_TRAIL, DROP_AUDIT_TRAIL } from '@app/access';
import { withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The changes that staff and administrators make. */
export class AuditTrail1765200000000 implements MigrationInterface {
  name = 'AuditTrail1765200000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(runner, ...CREATE_AUDIT_TRAIL);
  }

  /** Forgets the trail. */
  async down(runner: QueryRunner): Promise<void> {
    await withShortLock(runner, ...DROP_AUDIT_TRAIL);
  }
}
