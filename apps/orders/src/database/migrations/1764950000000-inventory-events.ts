import { publishInserts } from '@app/events';
import { withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Stock events that Orders has got from Inventory, and how far it has come in Inventory's log. */
export class InventoryEvents1764950000000 implements MigrationInterface {
  name = 'InventoryEvents1764950000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(
      runner,
      `create table if not exists stock_event (
         id             bigint generated always as identity,
         position       text collate "C" not null,
         event_id       text collate "C" not null,
         type           text collate "C" not null,
         sku            text collate "C" not null,
         occurred_at    timestamptz not null,
         on_hand_delta  integer,
         on_hand        integer,
         reason         text collate "C",
         actor          text collate "C",
         available      integer,
         limit_units    integer,
         stored_at      timestamptz not null default clock_timestamp(),
         constraint stock_event_pkey primary key (id),
         constraint stock_event_type check (case type
           when 'stock.adjusted'
             then on_hand_delta is not null and on_hand is not null and reason is not null
           when 'stock.low' then available is not null and limit_units is not null
           when 'stock.replenished' then available is not null and limit_units is not null
           else false end)
       )`,
      'create unique index if not exists stock_event_position on stock_event (position)',
      `create table if not exists inventory_cursor (
         id            smallint not null default 1,
         position      text collate "C",
         epoch         bigint not null default 0,
         leased_until  timestamptz not null default '-infinity',
         updated_at    timestamptz not null default now(),
         constraint inventory_cursor_pkey primary key (id),
         constraint inventory_cursor_one_row check (id = 1)
       )`,
      'insert into inventory_cursor (id) values (1) on conflict (id) do nothing',
      ...publishInserts({ table: 'stock_event', ref: `'stock/' || id`, orderBy: 'id' }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await withShortLock(
      runner,
      'drop table inventory_cursor, stock_event',
      'drop function stock_event_publish',
    );
  }
}
