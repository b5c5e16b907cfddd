import type { Corruption } from './corruption';
import { event, order } from './order-corruption';
import { IDS } from './order-history';

/** In the order of the checks. Made for the history in order-history.ts. */
export const orderEventCorruptions: readonly Corruption[] = [
  {
    what: 'an order that was cancelled at once for a request',
    sql: `${event(IDS.rejected, 2, `reason = 'REQUESTED'`)};
          ${order(IDS.rejected, `cancel_reason = 'REQUESTED', shortages = null`)}`,
    line: `reason: order ${IDS.rejected}, event 2, CANCELLED after PENDING: expected INSUFFICIENT_STOCK, RESERVATION_RELEASED or RESERVATION_MISMATCH, found REQUESTED`,
  },
  {
    what: 'an order that was cancelled for lack of stock after a request',
    sql: event(IDS.cancelled, 4, `reason = 'INSUFFICIENT_STOCK'`),
    line: `reason: order ${IDS.cancelled}, event 4, CANCELLED after CANCELLING: expected REQUESTED, ACCEPT_BY_PASSED or EXPIRED, found INSUFFICIENT_STOCK`,
  },
  {
    what: 'an order that was confirmed by a release',
    sql: event(IDS.confirmed, 3, `reason = 'RELEASED'`),
    line: `reason: order ${IDS.confirmed}, event 3, CONFIRMED after PENDING: expected HELD or COMMITTED, found RELEASED`,
  },
  {
    what: 'an order that was reduced by a commit',
    sql: event(IDS.reduced, 4, `reason = 'COMMITTED'`),
    line: `reason: order ${IDS.reduced}, event 4, CONFIRMED after REDUCING: expected HELD, found COMMITTED`,
  },
  {
    what: 'a reduction with a reason',
    sql: event(IDS.reducing, 3, `reason = 'HELD'`),
    line: `reason: order ${IDS.reducing}, event 3, REDUCING after CONFIRMED: expected none, found HELD`,
  },
  {
    what: 'an order that was fulfilled by a hold',
    sql: event(IDS.fulfilled, 4, `reason = 'HELD'`),
    line: `reason: order ${IDS.fulfilled}, event 4, FULFILLED after FULFILLING: expected COMMITTED, found HELD`,
  },
  {
    what: 'a missing response that decides',
    sql: event(IDS.parked, 2, `reason = 'HELD'`),
    line: `reason: order ${IDS.parked}, event 2, NO_ANSWER after PENDING: expected an error that decides nothing, found HELD`,
  },
  {
    what: 'a missing response without a reason',
    sql: event(IDS.parked, 2, `reason = null`),
    line: /^reason: .* NO_ANSWER after PENDING: .*, found none$/,
  },
  {
    what: 'a missing response with a malformed reason',
    sql: event(IDS.parked, 2, `reason = 'UNAVAILABLEx'`),
    line: /^reason: .* NO_ANSWER after PENDING: .*, found UNAVAILABLEx$/,
  },
  {
    what: 'a refusal that decides',
    sql: event(IDS.parked, 3, `reason = 'REJECTED'`),
    line: `reason: order ${IDS.parked}, event 3, REFUSED after PENDING: expected an error that decides nothing, found REJECTED`,
  },
  {
    what: 'a request with a reason',
    sql: event(IDS.fulfilling, 3, `reason = 'REQUESTED'`),
    line: `reason: order ${IDS.fulfilling}, event 3, FULFILLING after CONFIRMED: expected none, found REQUESTED`,
  },
  {
    what: 'a number of attempts that no timeline has',
    sql: order(IDS.parked, 'attempts = 2147483647'),
    line: `attempt-count: order ${IDS.parked}, PENDING: expected 3, found 2147483647`,
  },
  {
    what: 'attempts of an order that made none',
    sql: order(IDS.pending, 'attempts = 1'),
    line: `attempt-count: order ${IDS.pending}, PENDING: expected 0, found 1`,
  },
  {
    what: 'refusals that no timeline has',
    sql: order(IDS.parked, 'refusals = 3'),
    line: `refusal-count: order ${IDS.parked}, PENDING: expected 1 to 2 refusals, found 3`,
  },
  {
    what: 'a parked order without refusals',
    sql: order(IDS.parked, 'refusals = 0'),
    line: `refusal-count: order ${IDS.parked}, PENDING: expected 1 to 2 refusals, found 0`,
  },
  {
    what: 'an attempt number that was skipped',
    sql: event(IDS.parked, 4, 'attempt = 4'),
    line: `attempt-number: order ${IDS.parked}, event 4, PARKED: expected attempt 1 to 3, found 4`,
  },
  {
    what: 'a first attempt with another number',
    sql: event(IDS.rejected, 2, 'attempt = 7'),
    line: `attempt-number: order ${IDS.rejected}, event 2, CANCELLED: expected attempt 1, found 7`,
  },
  {
    what: 'an attempt number that no timeline has',
    sql: event(IDS.parked, 2, 'attempt = 2147483647'),
    line: `attempt-number: order ${IDS.parked}, event 2, NO_ANSWER: expected attempt 1, found 2147483647`,
  },
  {
    what: 'an attempt that begins anew long after the last one',
    sql: `update order_event set occurred_at = occurred_at - interval '11 minutes'
           where order_id = '${IDS.parked}' and seq < 4;
          ${order(IDS.parked, `created_at = created_at - interval '11 minutes'`)};
          ${event(IDS.parked, 4, 'attempt = 1')}; ${order(IDS.parked, 'attempts = 1')}`,
    line: `attempt-number: order ${IDS.parked}, event 4, PARKED: expected attempt 3, found 1`,
  },
  {
    what: 'a call that took longer than the order exists',
    sql: event(IDS.confirmed, 3, 'duration_ms = 2147483647'),
    line: /^duration: order \S+, event 3, CONFIRMED: expected less than \d+ ms, found 2147483647$/,
  },
  {
    what: 'a call that took days',
    sql: event(IDS.forgotten, 2, 'duration_ms = 2147483647'),
    line: `duration: order ${IDS.forgotten}, event 2, CANCELLED: expected less than 86400000 ms, found 2147483647`,
  },
];
