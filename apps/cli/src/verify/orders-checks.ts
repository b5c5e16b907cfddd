import type { CheckSet } from './check';
import { orderChecks } from './order-checks';
import { timelineChecks } from './timeline-checks';

/** All that must be true of Orders' database, in SQL that knows nothing of the app's code. */
export const ordersChecks: CheckSet = {
  app: 'Orders',
  tables: { orders: 'orders', items: 'order_item', events: 'order_event' },
  checks: [...orderChecks, ...timelineChecks],
};
