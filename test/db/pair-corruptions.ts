import type { Corruption } from './corruption';
import { IDS } from './order-history';

/** A corruption of one of two databases that agree. */
interface PairCorruption extends Corruption {
  readonly to: 'orders' | 'inventory';
  /** Deletes what other clients reserved with UUIDv7 ids. */
  readonly withoutOthers?: boolean;
  /** Compares them as databases at rest. */
  readonly atRest?: boolean;
}

const BASKET = '5 burger, 1 pizza';

const order = (id: string, change: string): string =>
  `update orders set ${change} where id = '${id}'`;

const reservation = (id: string, change: string): string =>
  `update reservation set ${change} where id = '${id}'`;

const deleteReservation = (id: string): string =>
  `delete from reservation_line where reservation_id = '${id}';
   delete from reservation where id = '${id}'`;

const deleteOrder = (id: string): string =>
  `delete from order_event where order_id = '${id}';
   delete from order_item where order_id = '${id}';
   delete from orders where id = '${id}'`;

/** By the name of the rule, which each line begins with. */
export const pairCorruptions: readonly PairCorruption[] = [
  {
    what: 'a confirmed order without a hold',
    to: 'inventory',
    sql: deleteReservation(IDS.confirmed),
    line: `confirmed: order ${IDS.confirmed}, CONFIRMED: expected HELD without expiry with ${BASKET}, found no reservation`,
  },
  {
    what: 'a confirmed order of which a line is not held',
    to: 'inventory',
    sql: `delete from reservation_line where reservation_id = '${IDS.confirmed}' and sku = 'pizza'`,
    line: `confirmed: order ${IDS.confirmed}, CONFIRMED: expected HELD without expiry with ${BASKET}, found HELD with 5 burger`,
  },
  {
    what: 'a confirmed order for which fewer units are held',
    to: 'orders',
    sql: `update order_item set quantity = 4 where order_id = '${IDS.confirmed}' and position = 2`,
    line: `confirmed: order ${IDS.confirmed}, CONFIRMED: expected HELD without expiry with 6 burger, 1 pizza, found HELD with ${BASKET}`,
  },
  {
    what: 'a confirmed order whose reduction did not reach Inventory',
    to: 'inventory',
    sql: `insert into reservation_line values ('${IDS.reduced}', 'pizza', 1)`,
    line: `confirmed: order ${IDS.reduced}, CONFIRMED: expected HELD without expiry with 5 burger, found HELD with ${BASKET}`,
  },
  {
    what: 'a confirmed order whose hold expires',
    to: 'inventory',
    sql: reservation(IDS.confirmed, `expires_at = '2100-01-01Z'`),
    line: `confirmed: order ${IDS.confirmed}, CONFIRMED: expected HELD without expiry with ${BASKET}, found HELD until 2100-01-01 00:00:00+00 with ${BASKET}`,
  },
  {
    what: 'a confirmed order whose units were released',
    to: 'inventory',
    sql: reservation(IDS.confirmed, `state = 'RELEASED'`),
    line: `confirmed: order ${IDS.confirmed}, CONFIRMED: expected HELD without expiry with ${BASKET}, found RELEASED with ${BASKET}`,
  },
  {
    what: 'a confirmed order whose units have left',
    to: 'inventory',
    sql: reservation(IDS.confirmed, `state = 'COMMITTED'`),
    line: `confirmed: order ${IDS.confirmed}, CONFIRMED: expected HELD without expiry with ${BASKET}, found COMMITTED with ${BASKET}`,
  },
  {
    what: 'an order that was confirmed although it was rejected',
    to: 'orders',
    sql: order(IDS.rejected, `status = 'CONFIRMED', cancel_reason = null, shortages = null`),
    line: `confirmed: order ${IDS.rejected}, CONFIRMED: expected HELD without expiry with 99 pizza, 1 salad, found REJECTED with 99 pizza, 1 salad`,
  },
  {
    what: 'a FULFILLING order without a reservation',
    to: 'inventory',
    sql: deleteReservation(IDS.fulfilling),
    line: `fulfilling: order ${IDS.fulfilling}, FULFILLING: expected HELD without expiry or COMMITTED with ${BASKET}, found no reservation`,
  },
  {
    what: 'a FULFILLING order with other lines',
    to: 'inventory',
    sql: `delete from reservation_line where reservation_id = '${IDS.fulfilling}' and sku = 'pizza'`,
    line: `fulfilling: order ${IDS.fulfilling}, FULFILLING: expected HELD without expiry or COMMITTED with ${BASKET}, found HELD with 5 burger`,
  },
  {
    what: 'a parked FULFILLING order whose units were released',
    to: 'orders',
    sql: order(
      IDS.cancelled,
      `status = 'FULFILLING', cancel_reason = null, parked_at = now(), next_attempt_at = null`,
    ),
    line: `fulfilling: order ${IDS.cancelled}, FULFILLING, parked: expected HELD without expiry or COMMITTED with ${BASKET}, found RELEASED with ${BASKET}`,
  },
  {
    what: 'a REDUCING order without a reservation',
    to: 'inventory',
    sql: deleteReservation(IDS.reducing),
    line: `reducing: order ${IDS.reducing}, REDUCING: expected HELD without expiry with 4 burger, 1 pizza or ${BASKET}, found no reservation`,
  },
  {
    what: 'a REDUCING order of which other units are held',
    to: 'inventory',
    sql: `update reservation_line set quantity = 3 where reservation_id = '${IDS.reducing}' and sku = 'burger'`,
    line: `reducing: order ${IDS.reducing}, REDUCING: expected HELD without expiry with 4 burger, 1 pizza or ${BASKET}, found HELD with 3 burger, 1 pizza`,
  },
  {
    what: 'a parked REDUCING order whose units were released',
    to: 'orders',
    sql: order(
      IDS.cancelledReducing,
      `status = 'REDUCING', cancel_reason = null, parked_at = now(), next_attempt_at = null`,
    ),
    line: `reducing: order ${IDS.cancelledReducing}, REDUCING, parked: expected HELD without expiry with 1 pizza or ${BASKET}, found RELEASED with ${BASKET}`,
  },
  {
    what: 'a CANCELLING order with other lines',
    to: 'orders',
    sql: `update order_item set quantity = 4 where order_id = '${IDS.cancelling}' and position = 2`,
    line: `cancelling: order ${IDS.cancelling}, CANCELLING for REQUESTED: expected 6 burger, 1 pizza, or no lines, found HELD with ${BASKET}`,
  },
  {
    what: 'a fulfilled order whose units are still held',
    to: 'inventory',
    sql: reservation(IDS.fulfilled, `state = 'HELD'`),
    line: `fulfilled: order ${IDS.fulfilled}, FULFILLED: expected COMMITTED with ${BASKET}, found HELD with ${BASKET}`,
  },
  {
    what: 'a fulfilled order of which other units have left',
    to: 'inventory',
    sql: `update reservation_line set quantity = 6 where reservation_id = '${IDS.fulfilled}' and sku = 'burger'`,
    line: `fulfilled: order ${IDS.fulfilled}, FULFILLED: expected COMMITTED with ${BASKET}, found COMMITTED with 6 burger, 1 pizza`,
  },
  {
    what: 'a cancelled order whose units are still held',
    to: 'inventory',
    sql: reservation(IDS.cancelled, `state = 'HELD'`),
    line: `cancelled: order ${IDS.cancelled}, CANCELLED for REQUESTED: expected RELEASED, REJECTED or EXPIRED, found HELD with ${BASKET}`,
  },
  {
    what: 'a cancelled order whose units have left',
    to: 'inventory',
    sql: reservation(IDS.overdue, `state = 'COMMITTED'`),
    line: `cancelled: order ${IDS.overdue}, CANCELLED for ACCEPT_BY_PASSED: expected RELEASED, REJECTED or EXPIRED, found COMMITTED with no lines`,
  },
  {
    what: 'a cancelled order that a late create could still hold units for',
    to: 'inventory',
    sql: deleteReservation(IDS.overdue),
    line: `cancelled: order ${IDS.overdue}, CANCELLED for ACCEPT_BY_PASSED: expected RELEASED, REJECTED or EXPIRED, found no reservation`,
  },
  {
    what: 'an order cancelled for lack of stock that was there',
    to: 'inventory',
    sql: reservation(IDS.rejected, `state = 'HELD'`),
    line: `cancelled: order ${IDS.rejected}, CANCELLED for INSUFFICIENT_STOCK: expected REJECTED with 99 pizza, 1 salad, found HELD with 99 pizza, 1 salad`,
  },
  {
    what: 'an order cancelled for a release that did not happen',
    to: 'inventory',
    sql: reservation(IDS.released, `state = 'HELD'`),
    line: `cancelled: order ${IDS.released}, CANCELLED for RESERVATION_RELEASED: expected RELEASED or EXPIRED, found HELD with no lines`,
  },
  {
    what: 'an order rejected for its age before the horizon',
    to: 'inventory',
    sql: `update tombstone_horizon set forgotten_before = '2010-01-01Z'`,
    line: `cancelled: order ${IDS.forgotten}, CANCELLED for RESERVATION_RELEASED: expected RELEASED or EXPIRED, found no reservation`,
  },
  {
    what: 'a cancelled order that held fewer units than either before or after its reduction',
    to: 'inventory',
    sql: `update reservation_line set quantity = 4 where reservation_id = '${IDS.cancelledReducing}' and sku = 'burger'`,
    line: `cancelled: order ${IDS.cancelledReducing}, CANCELLED for REQUESTED: expected RELEASED, REJECTED or EXPIRED with 1 pizza or none, found RELEASED with 4 burger, 1 pizza`,
  },
  {
    what: 'a cancelled order with other lines than its reservation',
    to: 'orders',
    sql: `update order_item set quantity = 4 where order_id = '${IDS.cancelled}' and position = 2`,
    line: `cancelled: order ${IDS.cancelled}, CANCELLED for REQUESTED: expected RELEASED, REJECTED or EXPIRED with 6 burger, 1 pizza or none, found RELEASED with ${BASKET}`,
  },
  {
    what: 'an order cancelled for a mismatch with its own lines',
    to: 'orders',
    sql: order(IDS.cancelled, `cancel_reason = 'RESERVATION_MISMATCH'`),
    line: `cancelled: order ${IDS.cancelled}, CANCELLED for RESERVATION_MISMATCH: expected a reservation with other lines, found RELEASED with ${BASKET}`,
  },
  {
    what: 'an order cancelled for a mismatch without a reservation',
    to: 'inventory',
    sql: deleteReservation(IDS.mismatched),
    line: `cancelled: order ${IDS.mismatched}, CANCELLED for RESERVATION_MISMATCH: expected a reservation with other lines, found no reservation`,
  },
  {
    what: 'units held for a missing order',
    to: 'orders',
    sql: deleteOrder(IDS.confirmed),
    line: `leak: reservation ${IDS.confirmed}, HELD with ${BASKET}: expected an order, found none`,
  },
  {
    what: 'a hold of another caller that lost its expiry',
    to: 'inventory',
    sql: reservation(IDS.guest, 'expires_at = null'),
    line: `leak: reservation ${IDS.guest}, HELD with ${BASKET}: expected an order, found none`,
  },
  {
    what: 'a missing FULFILLED order',
    to: 'orders',
    sql: deleteOrder(IDS.fulfilled),
    line: `missing-order: reservation ${IDS.fulfilled}, COMMITTED with ${BASKET}: expected an order, found none`,
  },
  {
    what: 'a missing order that was cancelled after it was confirmed',
    to: 'orders',
    sql: deleteOrder(IDS.cancelled),
    line: `missing-order: reservation ${IDS.cancelled}, RELEASED with ${BASKET}: expected an order, found none`,
  },
  {
    what: 'a missing order that was rejected',
    to: 'orders',
    withoutOthers: true,
    sql: deleteOrder(IDS.rejected),
    line: `missing-order: reservation ${IDS.rejected}, REJECTED with 99 pizza, 1 salad: expected an order, found none`,
  },
  {
    what: 'a missing order that was cancelled before it was confirmed',
    to: 'orders',
    withoutOthers: true,
    sql: deleteOrder(IDS.overdue),
    line: `missing-order: reservation ${IDS.overdue}, RELEASED with no lines: expected an order, found none`,
  },
  {
    what: 'an order with other available units than its rejection',
    to: 'orders',
    sql: order(IDS.rejected, `shortages = jsonb_set(shortages, '{0,available}', '7')`),
    line: /^same-shortages: order \S+, CANCELLED for INSUFFICIENT_STOCK: expected NOT_ENOUGH 7 of 99 pizza, UNKNOWN_SKU 0 of 1 salad, found NOT_ENOUGH \d+ of 99 pizza, UNKNOWN_SKU 0 of 1 salad$/,
  },
  {
    what: 'an order that lacks a short line of its rejection',
    to: 'orders',
    sql: order(IDS.rejected, `shortages = shortages - 1`),
    line: /^same-shortages: .*: expected NOT_ENOUGH \d+ of 99 pizza, found NOT_ENOUGH \d+ of 99 pizza, UNKNOWN_SKU 0 of 1 salad$/,
  },
  {
    what: 'a commit of a hold that expired',
    to: 'inventory',
    sql: reservation(IDS.fulfilled, `expires_at = '2100-01-01Z'`),
    line: `pair-expiry: order ${IDS.fulfilled}, FULFILLED: expected no expiry, found COMMITTED until 2100-01-01 00:00:00+00 with ${BASKET}`,
  },
  {
    what: 'a hold that changed',
    to: 'inventory',
    sql: reservation(IDS.confirmed, `updated_at = updated_at + interval '1 second'`),
    line: /^pair-expiry: order \S+, CONFIRMED: expected no change, found \d\S+Z to \d\S+Z$/,
  },
  {
    what: 'a reservation from days before its order',
    to: 'inventory',
    sql: reservation(
      IDS.confirmed,
      `created_at = created_at - interval '2 days', updated_at = updated_at - interval '2 days'`,
    ),
    line: /^pair-time: order \S+, CONFIRMED: expected \d\S+Z to \d\S+Z, found \d\S+Z to \d\S+Z$/,
  },
  {
    what: 'a reservation that was decided days after its order',
    to: 'inventory',
    sql: reservation(IDS.fulfilled, `updated_at = updated_at + interval '2 days'`),
    line: /^pair-time: order \S+, FULFILLED: /,
  },
  {
    what: 'an unfinished order, at rest',
    to: 'orders',
    atRest: true,
    sql: '',
    line: /^unfinished: order \S+, PENDING: expected CONFIRMED, CANCELLED or FULFILLED, found no change since \d/,
  },
  {
    what: 'a parked order, at rest',
    to: 'orders',
    atRest: true,
    sql: '',
    line: /^unfinished: order \S+, PENDING, parked: expected CONFIRMED, CANCELLED or FULFILLED, /,
  },
];
