import type { Corruption } from './corruption';
import { event, order } from './order-corruption';
import { IDS } from './order-history';

const NOWHERE = '01940000-0000-7000-8000-000000000099';

/** Inserts an event that the service did not write. */
const insertEvent = (id: string, seq: number, name: string, status: string): string =>
  `insert into order_event (order_id, seq, event, status, actor)
   values ('${id}', ${seq}, '${name}', '${status}', 'CUSTOMER');
   update orders set last_seq = ${seq}, status = '${status}', updated_at = now()
    where id = '${id}'`;

/** In the order of the checks. Made for the history in order-history.ts. */
export const timelineCorruptions: readonly Corruption[] = [
  {
    what: 'a deleted event',
    sql: `delete from order_event where order_id = '${IDS.cancelled}' and seq = 3`,
    line: `event-sequence: order ${IDS.cancelled}, event 4: expected 3, found 4`,
  },
  {
    what: 'a deleted first event',
    sql: `delete from order_event where order_id = '${IDS.cancelled}' and seq = 1`,
    line: `event-sequence: order ${IDS.cancelled}, event 2: expected 1, found 2`,
  },
  {
    what: 'an event that is earlier than the one before',
    sql: event(IDS.cancelled, 3, `occurred_at = '2020-01-01Z'`),
    line: /^event-time: order \S+, event 3: expected \d.* or later, found 2020-01-01 00:00:00\+00$/,
  },
  {
    what: 'an order without a timeline',
    sql: `delete from order_event where order_id = '${IDS.retried}';
          ${order(IDS.retried, 'last_seq = 0')}`,
    line: /^placed: order \S+: expected PLACED with PENDING at \d.*, found no event 1$/,
  },
  {
    what: 'a timeline that does not begin with PLACED',
    sql: event(IDS.pending, 1, `event = 'RETRIED'`),
    line: /^placed: order \S+: expected PLACED with PENDING at \d.*, found RETRIED with PENDING at \d/,
  },
  {
    what: 'a PLACED event at another time',
    sql: order(IDS.confirmed, `created_at = created_at + interval '1 microsecond'`),
    line: /^placed: order \S+: expected PLACED with PENDING at /,
  },
  {
    what: 'the first order of all, placed at another time than its event',
    sql: order(IDS.forgotten, `created_at = created_at - interval '1 microsecond'`),
    line: /^placed: order \S+: expected PLACED with PENDING at 2021-12-31 23:59:59\.\d+/,
  },
  {
    what: 'an event with another status than its name',
    sql: event(IDS.confirmed, 3, `status = 'FULFILLED'`),
    line: `event-status: order ${IDS.confirmed}, event 3, CONFIRMED: expected CONFIRMED, after another status, found FULFILLED, after PENDING`,
  },
  {
    what: 'an event that did not change the status',
    sql: insertEvent(IDS.confirmed, 4, 'CONFIRMED', 'CONFIRMED'),
    line: `event-status: order ${IDS.confirmed}, event 4, CONFIRMED: expected CONFIRMED, after another status, found CONFIRMED, after CONFIRMED`,
  },
  {
    what: 'a NO_ANSWER event that changed the status',
    sql: event(IDS.parked, 2, `status = 'CANCELLING'`),
    line: `event-status: order ${IDS.parked}, event 2, NO_ANSWER: expected PENDING, REDUCING, CANCELLING or FULFILLING, as before, found CANCELLING, after PENDING`,
  },
  {
    what: 'an attempt for an order that needs none',
    sql: insertEvent(IDS.confirmed, 4, 'NO_ANSWER', 'CONFIRMED'),
    line: /^event-status: order \S+, event 4, NO_ANSWER: .*, found CONFIRMED, after CONFIRMED$/,
  },
  {
    what: 'an order that was placed twice',
    sql: insertEvent(IDS.pending, 2, 'PLACED', 'PENDING'),
    line: `event-status: order ${IDS.pending}, event 2, PLACED: expected PENDING, after nothing, found PENDING, after PENDING`,
  },
  {
    what: 'an unknown event',
    sql: event(IDS.retried, 3, `event = 'LOST'`),
    line: /^event-status: order \S+, event 3, LOST: expected a known event, found PENDING, /,
  },
  {
    what: 'a fulfilled order that was never confirmed',
    sql: event(IDS.fulfilled, 2, `event = 'FULFILLED', status = 'FULFILLED'`),
    line: `move: order ${IDS.fulfilled}, event 2: expected CONFIRMED, CANCELLED or CANCELLING after PENDING, found FULFILLED`,
  },
  {
    what: 'a cancel of a FULFILLING order',
    sql: insertEvent(IDS.fulfilling, 4, 'CANCELLING', 'CANCELLING'),
    line: `move: order ${IDS.fulfilling}, event 4: expected FULFILLED or CANCELLED after FULFILLING, found CANCELLING`,
  },
  {
    what: 'a cancelled order that was never CANCELLING',
    sql: insertEvent(IDS.confirmed, 4, 'CANCELLED', 'CANCELLED'),
    line: `move: order ${IDS.confirmed}, event 4: expected REDUCING, CANCELLING or FULFILLING after CONFIRMED, found CANCELLED`,
  },
  {
    what: 'an order that is confirmed after CANCELLING',
    sql: insertEvent(IDS.cancelling, 4, 'CONFIRMED', 'CONFIRMED'),
    line: `move: order ${IDS.cancelling}, event 4: expected CANCELLED or FULFILLED after CANCELLING, found CONFIRMED`,
  },
  {
    what: 'a confirmed order that was cancelled before',
    sql: insertEvent(IDS.cancelled, 5, 'CONFIRMED', 'CONFIRMED'),
    line: `move: order ${IDS.cancelled}, event 5: expected nothing after CANCELLED, found CONFIRMED`,
  },
  {
    what: 'an attempt for a finished order',
    sql: insertEvent(IDS.fulfilled, 5, 'NO_ANSWER', 'FULFILLED'),
    line: `after-the-end: order ${IDS.fulfilled}, event 5: expected nothing after FULFILLED, found NO_ANSWER with FULFILLED`,
  },
  {
    what: 'an event after the last_seq of the order',
    sql: order(IDS.confirmed, 'last_seq = 2'),
    line: /^last-event: order \S+: expected event 3, CONFIRMED at \d.*, found event 2, CONFIRMED at \d/,
  },
  {
    what: 'a status without an event',
    sql: order(IDS.confirmed, `status = 'FULFILLED'`),
    line: /^last-event: order \S+: expected event 3, CONFIRMED at \d.*, found event 3, FULFILLED at \d/,
  },
  {
    what: 'a change without an event',
    sql: order(IDS.confirmed, `updated_at = '2100-01-01Z'`),
    line: /^last-event: .*, found event 3, CONFIRMED at 2100-01-01 00:00:00\+00$/,
  },
  {
    what: 'a last_seq without events',
    sql: order(IDS.old, 'last_seq = 1'),
    line: /^last-event: order \S+: expected event 0, found event 1, CONFIRMED at 2021/,
  },
  {
    what: 'a parked order without a PARKED event',
    sql: order(IDS.pending, `next_attempt_at = null, parked_at = '2100-01-01Z'`),
    line: `parked: order ${IDS.pending}: expected parked never, found parked 2100-01-01 00:00:00+00`,
  },
  {
    what: 'a PARKED event of an order that is not parked',
    sql: order(IDS.parked, 'next_attempt_at = now(), parked_at = null'),
    line: /^parked: order \S+: expected parked \d.*, found parked never$/,
  },
  {
    what: 'an answer without an attempt',
    sql: event(IDS.confirmed, 3, 'attempt = null, duration_ms = null'),
    line: `attempt: order ${IDS.confirmed}, event 3, CONFIRMED: expected attempt 1 or later, 0 ms or more, found no attempt`,
  },
  {
    what: 'an attempt number below 1',
    sql: event(IDS.confirmed, 3, 'attempt = 0'),
    line: /^attempt: .*, found attempt 0, 7 ms$/,
  },
  {
    what: 'a negative duration',
    sql: event(IDS.confirmed, 3, 'duration_ms = -1'),
    line: /^attempt: .*, found attempt 2, -1 ms$/,
  },
  {
    what: 'a request with an attempt number',
    sql: event(IDS.cancelling, 3, 'attempt = 1'),
    line: `attempt: order ${IDS.cancelling}, event 3, CANCELLING: expected no attempt, found attempt 1, no ms`,
  },
  {
    what: 'a fulfill by the reconciler',
    sql: event(IDS.fulfilling, 3, `actor = 'SYSTEM'`),
    line: `actor: order ${IDS.fulfilling}, event 3, FULFILLING for nothing: expected CUSTOMER, STAFF or ADMIN, found SYSTEM`,
  },
  {
    what: 'a requested cancel by the reconciler',
    sql: event(IDS.cancelling, 3, `actor = 'SYSTEM'`),
    line: `actor: order ${IDS.cancelling}, event 3, CANCELLING for REQUESTED: expected CUSTOMER, STAFF or ADMIN for REQUESTED, or SYSTEM for ACCEPT_BY_PASSED or EXPIRED, found SYSTEM`,
  },
  {
    what: 'an unknown actor',
    sql: event(IDS.confirmed, 3, `actor = 'ROBOT'`),
    line: /^actor: order \S+, event 3, CONFIRMED for HELD: expected CUSTOMER, STAFF, ADMIN or SYSTEM, found ROBOT$/,
  },
  {
    what: 'a reconciler that cancels an order before its accept-by time',
    sql: order(IDS.overdue, `accept_by = created_at + interval '1 hour'`),
    line: /^accept-by: order \S+, event 2: expected after PENDING, at \d.* or later, found after PENDING, at \d/,
  },
  {
    what: 'a reconciler that cancels a confirmed order',
    sql: `${event(IDS.cancelling, 3, `actor = 'SYSTEM', reason = 'ACCEPT_BY_PASSED'`)};
          ${order(IDS.cancelling, `cancel_reason = 'ACCEPT_BY_PASSED', accept_by = created_at`)}`,
    line: /^accept-by: order \S+, event 3: expected after PENDING, .*, found after CONFIRMED, at \d/,
  },
  {
    what: 'a timeline with another reason',
    sql: event(IDS.overdue, 3, `reason = 'REQUESTED'`),
    line: `event-reason: order ${IDS.overdue}, event 3, CANCELLED: expected ACCEPT_BY_PASSED, found REQUESTED`,
  },
  {
    what: 'an event of a missing order',
    sql: `insert into order_event (order_id, seq, event, status, actor)
          values ('${NOWHERE}', 1, 'PLACED', 'PENDING', 'CUSTOMER')`,
    line: `event-order: event 1: expected order ${NOWHERE}, found none`,
  },
];
