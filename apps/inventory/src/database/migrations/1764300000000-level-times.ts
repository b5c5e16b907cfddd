import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Levels that have not moved since they learned of their time have that of their last movement. */
export class LevelTimes1764300000000 implements MigrationInterface {
  name = 'LevelTimes1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      update stock_level l set updated_at = m.occurred_at from stock_movement m
       where m.sku = l.sku and m.seq = l.last_seq and l.updated_at <> m.occurred_at`);
  }

  async down(): Promise<void> {
    // What it put right was wrong before, too.
  }
}
