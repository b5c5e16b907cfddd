import { withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Decides whether SKUs with a threshold are low, from their last movements in the statement. The
 * transaction has locked their levels. Other SKUs cost a look-up.
 */
const DECIDE = `
  create or replace function stock_movement_threshold() returns trigger language plpgsql as $$
  begin
    update stock_threshold t
       set is_low = not t.is_low, changed_seq = m.seq, changed_available = m.available,
           changed_at = m.occurred_at
      from (select distinct on (sku) sku, seq, occurred_at,
                   greatest(0, on_hand_after - reserved_after) as available
              from added order by sku, seq desc) m
     where t.sku = m.sku
       and case when t.is_low then m.available >= t.replenished_at else m.available <= t.low_at end;
    return null;
  end $$`;

const PUBLISH = `
  create or replace function stock_threshold_publish() returns trigger language plpgsql as $$
  begin
    insert into event_outbox (refs)
    values (array[concat_ws('/', 'threshold', new.sku, new.changed_seq,
                            case when new.is_low then 'LOW' else 'REPLENISHED' end,
                            case when new.is_low then new.low_at else new.replenished_at end,
                            new.changed_available,
                            (extract(epoch from new.changed_at) * 1000000)::bigint)]);
    return null;
  end $$`;

/** Thresholds of SKUs, and the events when their stock crosses them. */
export class StockThresholds1764700000000 implements MigrationInterface {
  name = 'StockThresholds1764700000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(
      runner,
      `create table if not exists stock_threshold (
         sku                text collate "C" not null,
         low_at             integer not null,
         replenished_at     integer not null,
         is_low             boolean not null,
         changed_seq        bigint not null,
         changed_available  integer not null,
         changed_at         timestamptz not null,
         constraint stock_threshold_pkey primary key (sku),
         constraint stock_threshold_hysteresis
           check (low_at >= 0 and replenished_at > low_at and replenished_at <= 1000000000)
       )`,
      PUBLISH,
      'drop trigger if exists stock_threshold_set on stock_threshold',
      `create trigger stock_threshold_set after insert on stock_threshold
         for each row when (new.is_low) execute function stock_threshold_publish()`,
      'drop trigger if exists stock_threshold_crossed on stock_threshold',
      `create trigger stock_threshold_crossed after update on stock_threshold
         for each row when (new.is_low <> old.is_low) execute function stock_threshold_publish()`,
    );
    await withShortLock(
      runner,
      DECIDE,
      'drop trigger if exists stock_movement_threshold on stock_movement',
      `create trigger stock_movement_threshold after insert on stock_movement
         referencing new table as added for each statement
         execute function stock_movement_threshold()`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await withShortLock(
      runner,
      'drop trigger stock_movement_threshold on stock_movement',
      'drop function stock_movement_threshold',
      'drop table stock_threshold',
      'drop function stock_threshold_publish',
    );
  }
}
