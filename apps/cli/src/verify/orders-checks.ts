import { attemptChecks } from './attempt-checks';
import type { CheckSet } from './check';
import { orderChecks } from './order-checks';
import { orderTimeChecks } from './order-time-checks';
import { reasonCheck } from './reason-check';
import { rowChecks, type TableRule } from './row-checks';
import { ordersDeclared } from './schema/orders.declared';
import { timelineChecks } from './timeline-checks';

/** The other keys of these tables are covered by `items` and `event-sequence`. */
const TABLES: readonly TableRule[] = [
  {
    table: 'orders',
    place: `format('order %s', id)`,
    required: [
      'id',
      'user_id',
      'status',
      'attempts',
      'accept_by',
      'refusals',
      'last_seq',
      'created_at',
      'updated_at',
    ],
    key: ['id'],
    times: ['created_at', 'updated_at', 'parked_at'],
  },
  {
    table: 'order_item',
    place: `format('order %s, item %s', order_id, position)`,
    required: ['order_id', 'position', 'sku', 'quantity'],
    times: [],
  },
  {
    table: 'order_event',
    place: `format('order %s, event %s', order_id, seq)`,
    required: ['order_id', 'seq', 'event', 'status', 'actor', 'occurred_at'],
    times: ['occurred_at'],
  },
];

/** All checks of Orders' database. They are independent of the service's code. */
export const ordersChecks: CheckSet = {
  app: 'Orders',
  tables: { orders: 'orders', items: 'order_item', events: 'order_event' },
  checks: [
    ...orderChecks,
    ...timelineChecks,
    reasonCheck,
    ...attemptChecks,
    ...orderTimeChecks,
    ...rowChecks('orders', TABLES),
  ],
  schema: ordersDeclared,
};
