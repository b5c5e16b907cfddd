import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateInventory1764000000000 implements MigrationInterface {
  name = 'CreateInventory1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table stock_level (
        sku       text collate "C" not null,
        on_hand   integer not null,
        reserved  integer not null,
        last_seq  bigint not null,
        constraint stock_level_pkey primary key (sku),
        constraint stock_level_sku check (sku ~ '^[A-Za-z0-9._-]{1,64}$'),
        constraint stock_level_on_hand check (on_hand between 0 and 1000000000),
        constraint stock_level_reserved check (reserved between 0 and on_hand)
      )`);
    // Every decision updates the row of its SKU. Free space on the page allows HOT updates, which
    // need no new index entry.
    await runner.query(`alter table stock_level set (fillfactor = 50)`);
    await runner.query(`
      create table stock_movement (
        sku             text collate "C" not null,
        seq             bigint not null,
        kind            text not null,
        on_hand_delta   integer not null,
        reserved_delta  integer not null,
        on_hand_after   integer not null,
        reserved_after  integer not null,
        reservation_id  text collate "C",
        reason          text,
        occurred_at     timestamptz not null default now(),
        constraint stock_movement_pkey primary key (sku, seq),
        constraint stock_movement_seq check (seq > 0),
        constraint stock_movement_balance
          check (on_hand_after >= reserved_after and reserved_after >= 0),
        constraint stock_movement_kind check (case kind
          when 'ADJUSTED' then reserved_delta = 0 and reservation_id is null and reason is not null
          when 'HELD' then on_hand_delta = 0 and reserved_delta > 0 and reservation_id is not null
          when 'COMMITTED' then on_hand_delta < 0 and reserved_delta in (0, on_hand_delta)
                                and reservation_id is not null
          when 'RELEASED' then on_hand_delta = 0 and reserved_delta < 0 and reservation_id is not null
          when 'EXPIRED' then on_hand_delta = 0 and reserved_delta < 0 and reservation_id is not null
          else false end)
      )`);
    await runner.query(`
      create index stock_movement_reservation on stock_movement (reservation_id)
        where reservation_id is not null`);
    await runner.query(`
      create table reservation (
        id          text collate "C" not null,
        state       text not null,
        created_at  timestamptz not null default now(),
        updated_at  timestamptz not null default now(),
        constraint reservation_pkey primary key (id),
        constraint reservation_id check (id ~ '^[A-Za-z0-9._:-]{1,64}$'),
        constraint reservation_state
          check (state in ('HELD', 'REJECTED', 'COMMITTED', 'RELEASED', 'EXPIRED'))
      )`);
    await runner.query(`
      create table reservation_line (
        reservation_id  text collate "C" not null,
        sku             text collate "C" not null,
        quantity        integer not null,
        available       integer,
        shortage        text,
        constraint reservation_line_pkey primary key (reservation_id, sku),
        constraint reservation_line_reservation
          foreign key (reservation_id) references reservation (id),
        constraint reservation_line_quantity check (quantity between 1 and 100000000),
        constraint reservation_line_shortage check (shortage in ('NOT_ENOUGH', 'UNKNOWN_SKU')),
        constraint reservation_line_available
          check ((available is null) = (shortage is null) and available < quantity)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table reservation_line, reservation, stock_movement, stock_level');
  }
}
