import { withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Reductions of holds. `reservation_line` keeps only what is left, so that an instance of the version
 * before, which does not know `reduced_line`, commits and releases the right units. Such an instance
 * takes a repeated CreateReservation of a reduced hold for another basket, and changes nothing.
 */
export class Reductions1764500000000 implements MigrationInterface {
  name = 'Reductions1764500000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(
      runner,
      `alter table reservation add column if not exists reductions smallint not null default 0`,
      `create table if not exists reduced_line (
         reservation_id  text collate "C" not null,
         sku             text collate "C" not null,
         quantity        integer not null,
         constraint reduced_line_pkey primary key (reservation_id, sku),
         constraint reduced_line_reservation
           foreign key (reservation_id) references reservation (id),
         constraint reduced_line_quantity check (quantity between 1 and 100000000)
       )`,
    );
  }

  /** Forgets how many units were held before reductions. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table reduced_line');
    await runner.query('alter table reservation drop column reductions');
  }
}
