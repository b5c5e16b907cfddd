import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Cancel and fulfill, the idempotency key, the accept-by time, parking, and the timeline. `accept_by`
 * keeps its default, since instances of the version before may still insert orders.
 */
export class OrderLife1764100000000 implements MigrationInterface {
  name = 'OrderLife1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table orders
        add column idempotency_key text,
        add column accept_by timestamptz not null default now() + interval '30 seconds',
        add column refusals integer not null default 0,
        add column parked_at timestamptz,
        add column last_seq integer not null default 0,
        drop constraint orders_status,
        drop constraint orders_cancel_reason,
        drop constraint orders_next_attempt,
        add constraint orders_status check (status in
          ('PENDING', 'CONFIRMED', 'CANCELLING', 'CANCELLED', 'FULFILLING', 'FULFILLED')),
        add constraint orders_cancel_reason check
          ((status in ('CANCELLING', 'CANCELLED')) = (cancel_reason is not null)),
        add constraint orders_next_attempt check
          (num_nonnulls(next_attempt_at, parked_at)
             = case when status in ('PENDING', 'CANCELLING', 'FULFILLING') then 1 else 0 end)`);
    await runner.query('drop index orders_due');
    await runner.query(`
      create index orders_due on orders (status, next_attempt_at)
       where next_attempt_at is not null`);
    await runner.query(`
      create index orders_overdue on orders (accept_by) where status = 'PENDING'`);
    await runner.query(`
      create index orders_parked on orders (id) where parked_at is not null`);
    await runner.query(`
      create unique index orders_idempotency_key on orders (user_id, idempotency_key)
       where idempotency_key is not null`);
    await runner.query(`
      create table order_event (
        order_id     uuid not null,
        seq          integer not null,
        event        text not null,
        status       text not null,
        actor        text not null,
        attempt      integer,
        duration_ms  integer,
        reason       text,
        occurred_at  timestamptz not null default now(),
        constraint order_event_pkey primary key (order_id, seq),
        constraint order_event_order foreign key (order_id) references orders (id),
        constraint order_event_seq check (seq >= 1),
        constraint order_event_event check (event in
          ('PLACED', 'CONFIRMED', 'CANCELLING', 'CANCELLED', 'FULFILLING', 'FULFILLED',
           'NO_ANSWER', 'REFUSED', 'PARKED', 'RETRIED')),
        constraint order_event_actor check (actor in ('CUSTOMER', 'SETTLER'))
      )`);
  }

  /** Forgets what it cannot keep: the timeline, and which orders were being cancelled or fulfilled. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table order_event');
    await runner.query(
      `drop index orders_idempotency_key, orders_parked, orders_overdue, orders_due`,
    );
    await runner.query(`
      alter table orders
        drop constraint orders_status,
        drop constraint orders_cancel_reason,
        drop constraint orders_next_attempt`);
    await runner.query(`
      update orders
         set status = case when status = 'CANCELLING' then 'CANCELLED' else 'CONFIRMED' end,
             next_attempt_at = null
       where status in ('CANCELLING', 'FULFILLING', 'FULFILLED')`);
    await runner.query(`
      update orders set next_attempt_at = now() where status = 'PENDING' and next_attempt_at is null`);
    await runner.query(`
      alter table orders
        drop column idempotency_key,
        drop column accept_by,
        drop column refusals,
        drop column parked_at,
        drop column last_seq,
        add constraint orders_status check (status in ('PENDING', 'CONFIRMED', 'CANCELLED')),
        add constraint orders_cancel_reason
          check ((status = 'CANCELLED') = (cancel_reason is not null)),
        add constraint orders_next_attempt
          check ((status = 'PENDING') = (next_attempt_at is not null))`);
    await runner.query(`
      create index orders_due on orders (next_attempt_at) where next_attempt_at is not null`);
  }
}
