import type { Schema } from '@app/postgres';
import { OrderItemRow, OrderRow } from '../order/order.entity';
import { OrderEventRow } from '../order/order-event.entity';
import { CreateOrders1764000000000 } from './migrations/1764000000000-create-orders';
import { OrderLife1764100000000 } from './migrations/1764100000000-order-life';
import { CheaperChecks1764200000000 } from './migrations/1764200000000-cheaper-checks';
import { SystemActor1764300000000 } from './migrations/1764300000000-system-actor';
import { TextCollation1764400000000 } from './migrations/1764400000000-text-collation';

/**
 * Orders' tables, their migrations, and the privileges of Orders' role. Lists classes, because globs do
 * not work in the bundle.
 */
export const ordersSchema = {
  entities: [OrderRow, OrderItemRow, OrderEventRow],
  migrations: [
    CreateOrders1764000000000,
    OrderLife1764100000000,
    CheaperChecks1764200000000,
    SystemActor1764300000000,
    TextCollation1764400000000,
  ],
  knownTable: 'order_event',
  sampleWrite: `
    insert into orders (id, user_id, note, status, next_attempt_at)
    select gen_random_uuid(), 'write-probe', string_agg(md5(random()::text), ''), 'PENDING', now()
      from generate_series(1, 2000)`,
  privileges: {
    orders: ['select', 'insert', 'update'],
    order_item: ['select', 'insert'],
    // The timeline is append-only.
    order_event: ['select', 'insert'],
    // Allows a start without the owner's password while there is nothing to migrate.
    migration: ['select'],
  },
} satisfies Schema;
