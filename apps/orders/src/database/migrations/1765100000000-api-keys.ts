import { CREATE_API_KEYS, DROP_API_KEYS } from '@app/access';
import { withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys with which programs authenticate. */
export class ApiKeys1765100000000 implements MigrationInterface {
  name = 'ApiKeys1765100000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(runner, ...CREATE_API_KEYS);
  }

  async down(runner: QueryRunner): Promise<void> {
    await withShortLock(runner, ...DROP_API_KEYS);
  }
}
