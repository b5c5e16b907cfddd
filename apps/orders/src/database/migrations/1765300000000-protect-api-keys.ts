import { PROTECT_API_KEYS, UNPROTECT_API_KEYS } from '@app/access';
import { withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The rights of a key cannot change, and a revoked key stays revoked. */
export class ProtectApiKeys1765300000000 implements MigrationInterface {
  name = 'ProtectApiKeys1765300000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(runner, ...PROTECT_API_KEYS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await withShortLock(runner, ...UNPROTECT_API_KEYS);
  }
}
