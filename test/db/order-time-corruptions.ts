import { ageSql } from './aged-orders';
import type { Corruption } from './corruption';
import { event, order } from './order-corruption';
import { IDS } from './order-history';

/** In the order of the checks. Made for the history in order-history.ts. */
export const orderTimeCorruptions: readonly Corruption[] = [
  {
    what: 'an order that was created a year before its id',
    sql: ageSql('1 year', IDS.confirmed),
    line: /^id-time: order \S+: expected created at about \d.*, found \d/,
  },
  {
    what: 'an order that was created hours after its id',
    sql: ageSql('-2 hours', IDS.confirmed),
    line: /^id-time: order \S+: expected created at about \d.*, found \d/,
  },
  {
    what: 'an order that is due in 2100',
    sql: order(IDS.pending, `next_attempt_at = '2100-01-01Z'`),
    line: /^due-time: order \S+, PENDING: expected \d.* to \d.*, found 2100-01-01 00:00:00\+00$/,
  },
  {
    what: 'an order that is never due',
    sql: order(IDS.pending, `next_attempt_at = 'infinity'`),
    line: /^due-time: .*, found infinity$/,
  },
  {
    what: 'an order that was due before it was created',
    sql: order(IDS.pending, `next_attempt_at = '2000-01-01Z'`),
    line: /^due-time: .*, found 2000-01-01 00:00:00\+00$/,
  },
  {
    what: 'an order that may be accepted for years',
    sql: order(IDS.pending, `accept_by = '2100-01-01Z'`),
    line: /^accept-by-time: order \S+: expected \d.* to \d.*, found 2100-01-01 00:00:00\+00$/,
  },
  {
    what: 'an order that had to be accepted before it was created',
    sql: order(IDS.old, `accept_by = '2000-01-01Z'`),
    line: /^accept-by-time: .*, found 2000-01-01 00:00:00\+00$/,
  },
  {
    what: 'an order that had to be accepted at once',
    sql: order(IDS.confirmed, 'accept_by = created_at'),
    line: /^accept-by-time: order /,
  },
  {
    what: 'a PENDING order that the reconciler did not cancel for days',
    sql: ageSql('8 days', IDS.pending),
    line: /^overdue-order: order \S+: expected CANCELLING since about \d.*, found PENDING at \d/,
  },
  {
    what: 'a PENDING order that the reconciler did not cancel while Orders wrote others',
    sql: `${ageSql('5 hours', IDS.pending)}; ${ageSql('3 hours', IDS.parked)}; ${ageSql('2 hours', IDS.confirmed)}`,
    line: new RegExp(`^overdue-order: order ${IDS.pending}: expected CANCELLING since about `),
  },
  {
    what: 'an order that the reconciler did not advance for days',
    sql: `${ageSql('8 days', IDS.fulfilling)};
          ${order(IDS.fulfilling, `next_attempt_at = next_attempt_at - interval '8 days'`)}`,
    line: /^neglected: order \S+, FULFILLING: expected an attempt soon after \d.*, found none until \d/,
  },
  {
    what: 'a customer without a name',
    sql: order(IDS.confirmed, `user_id = ''`),
    line: /^order-text: order \S+: expected a customer of 1 to 128 .*, found customer , note none, key k$/,
  },
  {
    what: 'a note that is too long',
    sql: order(IDS.confirmed, `note = repeat('x', 501)`),
    line: /^order-text: .*, found customer u, note x+, key k$/,
  },
  {
    what: 'an idempotency key with a control character',
    sql: order(IDS.confirmed, `idempotency_key = E'k\\n'`),
    line: /^order-text: .*, found customer u, note none, key k\n$/,
  },
  {
    what: 'an idempotency key of staff that is too long',
    sql: order(
      IDS.confirmed,
      `idempotency_key = '"' || repeat('x', 22) || '"' || repeat('k', 256)`,
    ),
    line: /^order-text: .*, key "x{22}"k{256}$/,
  },
  {
    what: 'a fingerprint without a key',
    sql: order(IDS.pending, `fingerprint = sha256('x')`),
    line: /^order-fingerprint: order \S+: expected a key and 32 bytes, or no fingerprint, found key none, 32 bytes$/,
  },
  {
    what: 'half a fingerprint',
    sql: order(IDS.confirmed, `fingerprint = substring(fingerprint for 16)`),
    line: /^order-fingerprint: .*, found key k, 16 bytes$/,
  },
  {
    what: 'an order with an idempotency key that lost its timeline',
    sql: `delete from order_event where order_id = '${IDS.confirmed}';
          ${order(IDS.confirmed, 'last_seq = 0')}`,
    line: /^first-version: order \S+: expected no idempotency key, and without events an early PENDING, CONFIRMED or CANCELLED, found CONFIRMED with 0 attempts at \d.*, key k$/,
  },
  {
    what: 'a FULFILLED order that lost its timeline',
    sql: `delete from order_event where order_id = '${IDS.fulfilled}';
          ${order(IDS.fulfilled, 'last_seq = 0')}`,
    line: /^first-version: .*, found FULFILLED with 0 attempts at \d.*, key none$/,
  },
  {
    what: 'attempts that the first version had no time for',
    sql: order(IDS.old, 'attempts = 2147483647'),
    line: /^first-version: .*, found CONFIRMED with 2147483647 attempts at 2021-01-01 00:00:00\+00, key none$/,
  },
  {
    what: 'an order that the first version changed long after its time',
    sql: order(IDS.old, `updated_at = now()`),
    line: /^first-version: .*, found CONFIRMED with 3 attempts at \d.*, key none$/,
  },
  ...[
    'user_id',
    'status',
    'attempts',
    'accept_by',
    'refusals',
    'last_seq',
    'created_at',
    'updated_at',
  ].map((column) => ({
    what: `an order without ${column}`,
    sql: `alter table orders alter ${column} drop not null; ${order(IDS.confirmed, `${column} = null`)}`,
    line: `required: order ${IDS.confirmed}: expected a value, found no ${column}`,
  })),
  ...['sku', 'quantity'].map((column) => ({
    what: `an item without ${column}`,
    sql: `alter table order_item alter ${column} drop not null;
          update order_item set ${column} = null where order_id = '${IDS.confirmed}' and position = 1`,
    line: `required: order ${IDS.confirmed}, item 1: expected a value, found no ${column}`,
  })),
  ...['event', 'status', 'actor', 'occurred_at'].map((column) => ({
    what: `an event without ${column}`,
    sql: `alter table order_event alter ${column} drop not null; ${event(IDS.confirmed, 2, `${column} = null`)}`,
    line: `required: order ${IDS.confirmed}, event 2: expected a value, found no ${column}`,
  })),
  {
    what: 'an order with two rows',
    sql: `insert into orders select * from orders where id = '${IDS.confirmed}'`,
    line: `duplicate: order ${IDS.confirmed}: expected 1 row, found 2 rows`,
  },
  {
    what: 'an order of the future',
    sql: ageSql('-1 day', IDS.confirmed),
    line: /^future: order \S+: expected \d.* or earlier, found \d/,
  },
  {
    what: 'an event of the future',
    sql: event(IDS.confirmed, 3, `occurred_at = '2100-01-01Z'`),
    line: /^future: order \S+, event 3: expected \d.* or earlier, found 2100-01-01 00:00:00\+00$/,
  },
];
