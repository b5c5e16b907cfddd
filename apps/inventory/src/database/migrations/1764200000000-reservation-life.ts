import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Adds expiring holds, idempotent adjustments, and the shortfall of a level. */
export class ReservationLife1764200000000 implements MigrationInterface {
  name = 'ReservationLife1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table stock_level
        add shortfall integer not null default 0,
        add updated_at timestamptz not null default now(),
        add constraint stock_level_shortfall check (shortfall >= 0),
        drop constraint stock_level_reserved,
        add constraint stock_level_reserved check (reserved between 0 and on_hand + shortfall)`);
    await runner.query(`
      alter table stock_movement
        add adjustment_id text collate "C",
        add actor text,
        drop constraint stock_movement_balance,
        drop constraint stock_movement_kind,
        add constraint stock_movement_balance check (on_hand_after >= 0 and reserved_after >= 0),
        add constraint stock_movement_kind check (case kind
          when 'ADJUSTED' then reserved_delta = 0 and reservation_id is null and reason is not null
          when 'HELD' then on_hand_delta = 0 and reserved_delta > 0 and reservation_id is not null
                           and on_hand_after >= reserved_after
          when 'COMMITTED' then on_hand_delta < 0 and reservation_id is not null
                                and (reserved_delta = on_hand_delta
                                     or reserved_delta = 0 and on_hand_after >= reserved_after)
          when 'RELEASED' then on_hand_delta = 0 and reserved_delta < 0 and reservation_id is not null
          when 'EXPIRED' then on_hand_delta = 0 and reserved_delta < 0 and reservation_id is not null
          else false end)`);
    // Nullable, because earlier adjustments have no id.
    await runner.query(`
      create unique index stock_movement_adjustment on stock_movement (adjustment_id)
        where adjustment_id is not null`);
    // For the level of a SKU at a past time.
    await runner.query(`create index stock_movement_time on stock_movement (sku, occurred_at)`);
    await runner.query(`alter table reservation add expires_at timestamptz`);
    // For the sweeper.
    await runner.query(`
      create index reservation_due on reservation (expires_at)
        where state = 'HELD' and expires_at is not null`);
    // Tombstones that may be deleted: ids that were never held and that contain their creation time.
    await runner.query(`
      create index reservation_tombstone on reservation (created_at)
        where state = 'RELEASED' and created_at = updated_at
              and id ~* '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'`);
    // Creates whose id is older than this are rejected, so that tombstones of such ids can be deleted.
    // In the database, so that all instances agree, whatever their settings.
    await runner.query(`
      create table tombstone_horizon (
        id                smallint not null default 1,
        forgotten_before  timestamptz not null,
        constraint tombstone_horizon_pkey primary key (id),
        constraint tombstone_horizon_one_row check (id = 1)
      )`);
    await runner.query(`insert into tombstone_horizon values (1, 'epoch')`);
    // Only lines of expiring holds are indexed, by SKU, so that a basket that would be rejected finds
    // the due holds of its SKUs quickly.
    await runner.query(`alter table reservation_line add held_until timestamptz`);
    await runner.query(`
      create index reservation_line_due on reservation_line (sku, held_until)
        where held_until is not null`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop index reservation_line_due, reservation_tombstone, reservation_due,
                                   stock_movement_time, stock_movement_adjustment`);
    await runner.query(`drop table tombstone_horizon`);
    await runner.query(`alter table reservation_line drop held_until`);
    await runner.query(`alter table reservation drop expires_at`);
    await runner.query(`
      alter table stock_movement
        drop constraint stock_movement_balance,
        drop constraint stock_movement_kind,
        drop actor,
        drop adjustment_id,
        add constraint stock_movement_balance
          check (on_hand_after >= reserved_after and reserved_after >= 0),
        add constraint stock_movement_kind check (case kind
          when 'ADJUSTED' then reserved_delta = 0 and reservation_id is null and reason is not null
          when 'HELD' then on_hand_delta = 0 and reserved_delta > 0 and reservation_id is not null
          when 'COMMITTED' then on_hand_delta < 0 and reserved_delta in (0, on_hand_delta)
                                and reservation_id is not null
          when 'RELEASED' then on_hand_delta = 0 and reserved_delta < 0 and reservation_id is not null
          when 'EXPIRED' then on_hand_delta = 0 and reserved_delta < 0 and reservation_id is not null
          else false end)`);
    await runner.query(`
      alter table stock_level
        drop constraint stock_level_reserved,
        drop constraint stock_level_shortfall,
        drop updated_at,
        drop shortfall,
        add constraint stock_level_reserved check (reserved between 0 and on_hand)`);
  }
}
