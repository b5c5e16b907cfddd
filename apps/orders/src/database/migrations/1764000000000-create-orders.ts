import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateOrders1764000000000 implements MigrationInterface {
  name = 'CreateOrders1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table orders (
        id               uuid not null,
        user_id          text not null,
        note             text,
        status           text not null,
        cancel_reason    text,
        shortages        jsonb,
        attempts         integer not null default 0,
        next_attempt_at  timestamptz,
        created_at       timestamptz not null default now(),
        updated_at       timestamptz not null default now(),
        constraint orders_pkey primary key (id),
        constraint orders_status check (status in ('PENDING', 'CONFIRMED', 'CANCELLED')),
        constraint orders_cancel_reason check ((status = 'CANCELLED') = (cancel_reason is not null)),
        constraint orders_next_attempt check ((status = 'PENDING') = (next_attempt_at is not null))
      )`);
    await runner.query(`create index orders_by_user on orders (user_id, id)`);
    await runner.query(`create index orders_by_status on orders (status, id)`);
    await runner.query(`
      create index orders_due on orders (next_attempt_at) where next_attempt_at is not null`);
    await runner.query(`
      create table order_item (
        order_id  uuid not null,
        position  smallint not null,
        sku       text collate "C" not null,
        quantity  integer not null,
        constraint order_item_pkey primary key (order_id, position),
        constraint order_item_order foreign key (order_id) references orders (id),
        constraint order_item_sku check (sku ~ '^[A-Za-z0-9._-]{1,64}$'),
        constraint order_item_quantity check (quantity between 1 and 1000000)
      )`);
    await runner.query(`create index order_item_by_sku on order_item (sku, order_id)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table order_item, orders');
  }
}
