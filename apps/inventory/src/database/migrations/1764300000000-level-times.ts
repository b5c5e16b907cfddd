import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sets updated_at of a level to the time of its last movement. */
export class LevelTimes1764300000000 implements MigrationInterface {
  name = 'LevelTimes1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      update stock_level l set updated_at = m.occurred_at from stock_movement m
       where m.sku = l.sku and m.seq = l.last_seq and l.updated_at <> m.occurred_at`);
  }

  async down(): Promise<void> {
    // Nothing to revert: the previous values were wrong.
  }
}
