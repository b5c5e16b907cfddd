import type { CheckSet } from './check';
import { orderChecks } from './order-checks';
import { ordersDeclared } from './schema/orders.declared';
import { timelineChecks } from './timeline-checks';

/** All checks of Orders' database. They are independent of the service's code. */
export const ordersChecks: CheckSet = {
  app: 'Orders',
  tables: { orders: 'orders', items: 'order_item', events: 'order_event' },
  checks: [...orderChecks, ...timelineChecks],
  schema: ordersDeclared,
};
