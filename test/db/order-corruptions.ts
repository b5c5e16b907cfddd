import type { Corruption } from './corruption';
import { item, order } from './order-corruption';
import { IDS } from './order-history';

const NOWHERE = '01940000-0000-7000-8000-000000000099';

const short = (sku: string, requested: number, available: number, reason: string): string =>
  `[{"sku": "${sku}", "requested": ${requested}, "available": ${available}, "reason": "${reason}"}]`;

/** In the order of the checks. Made for the history in order-history.ts. */
export const orderCorruptions: readonly Corruption[] = [
  {
    what: 'an id without a time',
    sql: order(IDS.pending, `id = '01930000-0000-4000-8000-000000000010'`),
    line: 'order-id: order 01930000-0000-4000-8000-000000000010: expected a UUIDv7, found 01930000-0000-4000-8000-000000000010',
  },
  {
    what: 'two orders of a customer under one key',
    sql: order(IDS.pending, `idempotency_key = 'k'`),
    line: `idempotency-key: user u, key k: expected 1 order, found 2 orders: ${IDS.pending}, ${IDS.confirmed}`,
  },
  {
    what: 'an unknown status',
    sql: order(IDS.confirmed, `status = 'LOST'`),
    line: `order-status: order ${IDS.confirmed}: expected PENDING, CONFIRMED, REDUCING, CANCELLING, CANCELLED, FULFILLING or FULFILLED, found LOST`,
  },
  {
    what: 'a cancelled order without a reason',
    sql: order(IDS.cancelled, 'cancel_reason = null'),
    line: `cancel-reason: order ${IDS.cancelled}, CANCELLED: expected INSUFFICIENT_STOCK, RESERVATION_RELEASED, RESERVATION_MISMATCH, REQUESTED, ACCEPT_BY_PASSED or EXPIRED, found none`,
  },
  {
    what: 'an unknown cancel reason',
    sql: order(IDS.cancelled, `cancel_reason = 'LAZINESS'`),
    line: /^cancel-reason: .*, found LAZINESS$/,
  },
  {
    what: 'a CANCELLING order whose reason cancels at once',
    sql: order(IDS.cancelling, `cancel_reason = 'INSUFFICIENT_STOCK'`),
    line: `cancel-reason: order ${IDS.cancelling}, CANCELLING: expected REQUESTED, ACCEPT_BY_PASSED or EXPIRED, found INSUFFICIENT_STOCK`,
  },
  {
    what: 'a confirmed order with a cancel reason',
    sql: order(IDS.confirmed, `cancel_reason = 'REQUESTED'`),
    line: `cancel-reason: order ${IDS.confirmed}, CONFIRMED: expected none, found REQUESTED`,
  },
  {
    what: 'an unfinished order without a next attempt',
    sql: order(IDS.pending, 'next_attempt_at = null'),
    line: `due: order ${IDS.pending}, PENDING: expected due at some time, or parked, found due never, parked never`,
  },
  {
    what: 'a parked order that is due',
    sql: order(IDS.parked, `next_attempt_at = '2100-01-01Z'`),
    line: /^due: order \S+, PENDING: expected due at some time, or parked, found due 2100-01-01 00:00:00\+00, parked \d/,
  },
  {
    what: 'a finished order that is due',
    sql: order(IDS.fulfilled, `next_attempt_at = '2100-01-01Z'`),
    line: `due: order ${IDS.fulfilled}, FULFILLED: expected neither due nor parked, found due 2100-01-01 00:00:00+00, parked never`,
  },
  {
    what: 'more refusals than attempts',
    sql: order(IDS.parked, 'refusals = attempts + 1'),
    line: `attempts: order ${IDS.parked}, PENDING: expected no more refusals than attempts, found 3 attempts, 4 refusals`,
  },
  {
    what: 'a negative number of refusals',
    sql: order(IDS.parked, 'refusals = -1'),
    line: /^attempts: .*, found 3 attempts, -1 refusals$/,
  },
  {
    what: 'a finished order whose attempts are still counted',
    sql: order(IDS.confirmed, 'attempts = 1'),
    line: `attempts: order ${IDS.confirmed}, CONFIRMED: expected 0 attempts, 0 refusals, found 1 attempts, 0 refusals`,
  },
  {
    what: 'a change before the order was created',
    sql: order(IDS.old, `updated_at = '2020-01-01Z'`),
    line: `order-time: order ${IDS.old}: expected 2021-01-01 00:00:00+00 or later, found 2020-01-01 00:00:00+00`,
  },
  {
    what: 'a rejected order without short lines',
    sql: order(IDS.rejected, 'shortages = null'),
    line: `shortages: order ${IDS.rejected}, CANCELLED for INSUFFICIENT_STOCK: expected a list of short lines, found none`,
  },
  {
    what: 'a rejected order with an empty list of short lines',
    sql: order(IDS.rejected, `shortages = '[]'`),
    line: /^shortages: .*, found \[\]$/,
  },
  {
    what: 'a rejected order whose short lines are not a list',
    sql: order(IDS.rejected, `shortages = '"pizza"'`),
    line: /^shortages: .*, found "pizza"$/,
  },
  {
    what: 'short lines of an order that its customer cancelled',
    sql: order(IDS.cancelled, `shortages = '${short('pizza', 1, 0, 'NOT_ENOUGH')}'`),
    line: /^shortages: order \S+, CANCELLED for REQUESTED: expected none, found \[/,
  },
  {
    what: 'a short line of a SKU that was not ordered',
    sql: order(IDS.rejected, `shortages = '${short('cola', 1, 0, 'NOT_ENOUGH')}'`),
    line: /^short-line: order \S+, cola: expected a SKU of the order, found \{/,
  },
  {
    what: 'a short line of a SKU with enough stock',
    sql: order(IDS.rejected, `shortages = '${short('pizza', 99, 99, 'NOT_ENOUGH')}'`),
    line: /^short-line: order \S+, pizza: expected 99 requested, NOT_ENOUGH with 0 to 98 available or UNKNOWN_SKU with 0, found \{/,
  },
  {
    what: 'a short line with another quantity than the order',
    sql: order(IDS.rejected, `shortages = '${short('pizza', 98, 0, 'NOT_ENOUGH')}'`),
    line: /^short-line: order \S+, pizza: /,
  },
  {
    what: 'a short line with an unknown reason',
    sql: order(IDS.rejected, `shortages = '${short('pizza', 99, 0, 'LAZINESS')}'`),
    line: /^short-line: order \S+, pizza: /,
  },
  {
    what: 'a short line of an unknown SKU with available units',
    sql: order(IDS.rejected, `shortages = '${short('pizza', 99, 1, 'UNKNOWN_SKU')}'`),
    line: /^short-line: order \S+, pizza: /,
  },
  {
    what: 'a short line with more than it has to say',
    sql: order(
      IDS.rejected,
      `shortages = jsonb_set('${short('pizza', 99, 0, 'NOT_ENOUGH')}', '{0,extra}', '1')`,
    ),
    line: /^short-line: order \S+, pizza: /,
  },
  {
    what: 'a short line that is not an object',
    sql: order(IDS.rejected, `shortages = '[7]'`),
    line: /^short-line: order \S+, no SKU: expected a SKU of the order, found 7$/,
  },
  {
    what: 'an order without items',
    sql: `delete from order_item where order_id = '${IDS.confirmed}'`,
    line: `items: order ${IDS.confirmed}: expected 1 to 100 items from position 0 on, found none`,
  },
  {
    what: 'a deleted item',
    sql: `delete from order_item where order_id = '${IDS.confirmed}' and position = 1`,
    line: /^items: .*, found 2 items at 2 positions, 0 to 2$/,
  },
  {
    what: 'items that begin at another position',
    sql: item(IDS.pending, 0, 'position = 1'),
    line: /^items: .*, found 1 items at 1 positions, 1 to 1$/,
  },
  {
    what: 'two items at one position',
    sql: `insert into order_item select order_id, 2, sku, quantity from order_item
           where order_id = '${IDS.confirmed}' and position = 2`,
    line: /^items: .*, found 4 items at 3 positions, 0 to 2$/,
  },
  {
    what: 'more items than allowed',
    sql: `insert into order_item select '${IDS.pending}', n, 'burger', 1 from generate_series(1, 100) n`,
    line: /^items: .*, found 101 items at 101 positions, 0 to 100$/,
  },
  {
    what: 'an item of no units',
    sql: item(IDS.pending, 0, 'quantity = 0'),
    line: `item: order ${IDS.pending}, item 0: expected 1 to 1000000 units of a SKU, found 0 of burger`,
  },
  {
    what: 'an item with an invalid SKU',
    sql: item(IDS.pending, 0, `sku = 'ham & eggs'`),
    line: /^item: .*, found 1 of ham & eggs$/,
  },
  {
    what: 'an item of a missing order',
    sql: `insert into order_item values ('${NOWHERE}', 0, 'burger', 1)`,
    line: `item-order: item 0: expected order ${NOWHERE}, found none`,
  },
];
