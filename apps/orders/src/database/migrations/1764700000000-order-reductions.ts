import { validateConstraint, withShortLock } from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Replaces a CHECK without a scan under an exclusive lock. It applies to new rows at once. */
const replaceCheck = (table: string, name: string, check: string): string =>
  `alter table ${table}
     drop constraint if exists ${name},
     add constraint ${name} check (${check}) not valid`;

/**
 * Reductions of orders, and their status REDUCING. `order_item` keeps the items as they were sent, so that
 * an instance of the version before, which does not know `order_reduction`, recognizes a repeated order.
 * It shows those items, and leaves REDUCING orders to the others.
 */
export class OrderReductions1764700000000 implements MigrationInterface {
  name = 'OrderReductions1764700000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await withShortLock(
      runner,
      `alter table orders add column if not exists reductions smallint not null default 0`,
      replaceCheck(
        'orders',
        'orders_status',
        `status in ('PENDING', 'CONFIRMED', 'REDUCING', 'CANCELLING', 'CANCELLED', 'FULFILLING',
                    'FULFILLED')`,
      ),
      replaceCheck(
        'orders',
        'orders_next_attempt',
        `num_nonnulls(next_attempt_at, parked_at) = case
           when status in ('PENDING', 'REDUCING', 'CANCELLING', 'FULFILLING') then 1 else 0 end`,
      ),
      `create table if not exists order_reduction (
         order_id  uuid not null,
         number    smallint not null,
         sku       text collate "C" not null,
         quantity  integer not null,
         constraint order_reduction_pkey primary key (order_id, number, sku),
         constraint order_reduction_order foreign key (order_id) references orders (id),
         constraint order_reduction_number check (number >= 1),
         constraint order_reduction_quantity check (quantity between 0 and 100000000)
       )`,
    );
    await withShortLock(
      runner,
      replaceCheck(
        'order_event',
        'order_event_event',
        `event in ('PLACED', 'CONFIRMED', 'REDUCING', 'CANCELLING', 'CANCELLED', 'FULFILLING',
                   'FULFILLED', 'NO_ANSWER', 'REFUSED', 'PARKED', 'RETRIED')`,
      ),
    );
    await validateConstraint(runner, 'orders', 'orders_status');
    await validateConstraint(runner, 'orders', 'orders_next_attempt');
    await validateConstraint(runner, 'order_event', 'order_event_event');
  }

  /** Fails if an order was reduced: the version before would show the items that it had at first. */
  async down(runner: QueryRunner): Promise<void> {
    const reduced = (await runner.query(
      'select from orders where reductions > 0 limit 1',
    )) as object[];
    if (reduced.length > 0) {
      throw new Error(
        'Orders were reduced, which the version before cannot show. Keep this migration; the version ' +
          'before also runs with it.',
      );
    }
    await runner.query(`drop table order_reduction`);
    await runner.query(`
      alter table orders
        drop constraint orders_status,
        drop constraint orders_next_attempt,
        drop column reductions,
        add constraint orders_status check (status in
          ('PENDING', 'CONFIRMED', 'CANCELLING', 'CANCELLED', 'FULFILLING', 'FULFILLED')),
        add constraint orders_next_attempt check
          (num_nonnulls(next_attempt_at, parked_at)
             = case when status in ('PENDING', 'CANCELLING', 'FULFILLING') then 1 else 0 end)`);
    await runner.query(`
      alter table order_event
        drop constraint order_event_event,
        add constraint order_event_event check (event in
          ('PLACED', 'CONFIRMED', 'CANCELLING', 'CANCELLED', 'FULFILLING', 'FULFILLED', 'NO_ANSWER',
           'REFUSED', 'PARKED', 'RETRIED'))`);
  }
}
