import { attemptChecks } from './attempt-checks';
import type { CheckSet } from './check';
import { eventLogChecks, type EventSource } from './event-log-checks';
import { orderChecks } from './order-checks';
import { orderReductionChecks } from './order-reduction-checks';
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
      'reductions',
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
    table: 'order_reduction',
    place: `format('order %s, reduction %s, %s', order_id, number, sku)`,
    required: ['order_id', 'number', 'sku', 'quantity'],
    key: ['order_id', 'number', 'sku'],
    times: [],
  },
  {
    table: 'order_event',
    place: `format('order %s, event %s', order_id, seq)`,
    required: ['order_id', 'seq', 'event', 'status', 'actor', 'occurred_at'],
    times: ['occurred_at'],
  },
  {
    table: 'stock_event',
    place: `format('stock event at %s', position)`,
    required: ['id', 'position', 'event_id', 'type', 'sku', 'occurred_at', 'stored_at'],
    key: ['position'],
    times: ['stored_at'],
  },
];

const PUBLISHED: EventSource = {
  rows: `
    select 'order/' || order_id || '/' || seq as ref, occurred_at as at,
           format('event %s of order %s', seq, order_id) as place
      from order_event
     union all
    select 'stock/' || id, stored_at, format('stock event %s', id) from stock_event
     union all
    select 'webhook/' || id || '/' || disabled_reason || '/'
             || (extract(epoch from disabled_at) * 1000000)::bigint,
           disabled_at, format('webhook %s, disabled', id)
      from webhook_endpoint where disabled_at is not null`,
  // Stock events are stored in the order of Inventory's log.
  key: `case when ref like 'stock/%' then 'stock' else split_part(ref, '/', 2) end`,
  number: `substring(ref from '/([0-9]+)$')::bigint`,
  // Webhooks are enabled again and deleted, so an event of one may have no row.
  isOwn: `(ref like 'order/%' or ref like 'stock/%')`,
};

/** All checks of Orders' database. They are independent of the service's code. */
export const ordersChecks: CheckSet = {
  app: 'Orders',
  tables: {
    orders: 'orders',
    items: 'order_item',
    events: 'order_event',
    log: 'event_log',
    cursors: 'event_cursor',
  },
  checks: [
    ...orderChecks,
    ...orderReductionChecks,
    ...timelineChecks,
    reasonCheck,
    ...attemptChecks,
    ...orderTimeChecks,
    ...rowChecks('orders', TABLES),
    ...eventLogChecks(PUBLISHED),
  ],
  schema: ordersDeclared,
};
