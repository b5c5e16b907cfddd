import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AppendOnlyLedger1764100000000 implements MigrationInterface {
  name = 'AppendOnlyLedger1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    // Inventory's own role lacks the privilege. The owner has it, and with a single role Inventory is
    // the owner. The trigger also prevents a mistake at a psql prompt.
    await runner.query(`
      create function stock_movement_refuse() returns trigger language plpgsql as $$
      begin
        raise exception 'The ledger (stock_movement) is only ever added to: % is refused.', tg_op
          using hint = 'To correct it, add a movement that makes up for the wrong one.';
      end $$`);
    // Per statement, not per row: it also rejects statements that would change no row.
    await runner.query(`
      create trigger stock_movement_append_only
        before update or delete or truncate on stock_movement
        for each statement execute function stock_movement_refuse()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop trigger stock_movement_append_only on stock_movement');
    await runner.query('drop function stock_movement_refuse');
  }
}
