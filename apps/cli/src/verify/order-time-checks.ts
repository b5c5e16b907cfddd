import type { Check } from './check';
import { activityCte, isOverdue } from './row-checks';

/** As in `order-id`. */
const IS_UUID_V7 = `substr(id::text, 15, 1) = '7'`;

const ID_TIME = `to_timestamp(('x0000' || left(id::text, 8) || substr(id::text, 10, 4))::bit(64)::bigint
                            / 1000.0)`;

/** Longer than any pause that the code sets: a request's grace of up to 60.3 s. */
const LONGEST_PAUSE = `interval '2 minutes'`;

/** The times of an order are those that the code can set. */
export const orderTimeChecks: readonly Check[] = [
  {
    // The id has the time of the instance, and the row has that of the database.
    name: 'id-time',
    rule: 'Each order was created within an hour of the time in its id.',
    subject: 'orders',
    sql: `
      select format('order %s', id) as place, format('created at about %s', id_time) as expected,
             created_at as found
        from (select id, created_at, ${ID_TIME} as id_time
                from orders where ${IS_UUID_V7}) o
       where created_at not between id_time - interval '1 hour' and id_time + interval '1 hour'
       order by id`,
  },
  {
    // A claim moves the due time without any other change, so the latest due time depends on now.
    name: 'due-time',
    rule: 'An order is due by 2 minutes from now, and not long before its last change.',
    subject: 'orders',
    sql: `
      select format('order %s, %s', id, status) as place,
             format('%s to %s', first, last) as expected, next_attempt_at as found
        from (select *, least(created_at, updated_at) - interval '1 hour' as first,
                     greatest(now(), updated_at) + ${LONGEST_PAUSE} as last from orders) o
       where next_attempt_at not between first and last
       order by id`,
  },
  {
    // Orders older than the timeline got the time of the migration.
    name: 'accept-by-time',
    rule: 'An order is to be accepted within a second to a day of its creation.',
    subject: 'orders',
    sql: `
      with timelines as (select min(occurred_at) as began from order_event)
      select format('order %s', id) as place, format('%s to %s', first, last) as expected,
             accept_by as found
        from (select o.*,
                     case when created_at >= t.began then created_at + interval '1 second'
                          else created_at end as first,
                     case when created_at >= t.began then created_at else now() end
                       + interval '1 day' as last
                from orders o cross join timelines t) o
       where accept_by not between first and last
       order by id`,
  },
  {
    name: 'overdue-order',
    rule: 'A PENDING order is cancelled soon after its accept-by time, while Orders runs.',
    subject: 'orders',
    sql: `
      with ${activityCte('orders')}
      select format('order %s', id) as place, format('CANCELLING since about %s', accept_by) as expected,
             format('PENDING at %s', latest) as found
        from orders cross join activity
       where status = 'PENDING' and ${isOverdue('accept_by')}
       order by id`,
  },
  {
    // Without Inventory the reconciler makes no calls, so only decisions show that it could.
    name: 'neglected',
    rule: 'A due order is advanced before Inventory decides others for a day.',
    subject: 'orders',
    sql: `
      with decided as (
        select max(occurred_at) as latest from order_event
         where event in ('CONFIRMED', 'CANCELLED', 'FULFILLED')
           and occurred_at <= now() + interval '1 hour')
      select format('order %s, %s', id, status) as place,
             format('an attempt soon after %s', next_attempt_at) as expected,
             format('none until %s', latest) as found
        from orders cross join decided
       where next_attempt_at < latest - interval '1 day'
       order by id`,
  },
  {
    name: 'order-text',
    rule: 'The customer, the note and the idempotency key have the allowed lengths and characters.',
    subject: 'orders',
    sql: `
      select format('order %s', id) as place,
             'a customer of 1 to 128 characters, a note of up to 500, a key of 1 to 255' as expected,
             format('customer %s, note %s, key %s', user_id, coalesce(note, 'none'),
                    coalesce(idempotency_key, 'none')) as found
        from orders
       where length(user_id) not between 1 and 128 or length(note) > 500
          or length(regexp_replace(idempotency_key, '^"[A-Za-z0-9_-]{22}"', '')) not between 1 and 255
          or idempotency_key !~ '^[ -~]+$'
       order by id`,
  },
  {
    name: 'order-fingerprint',
    rule: 'A fingerprint is a SHA-256 hash, and its order has an idempotency key.',
    subject: 'orders',
    sql: `
      select format('order %s', id) as place, 'a key and 32 bytes, or no fingerprint' as expected,
             format('key %s, %s bytes', coalesce(idempotency_key, 'none'),
                    octet_length(fingerprint)) as found
        from orders
       where octet_length(fingerprint) <> 32 or fingerprint is not null and idempotency_key is null
       order by id`,
  },
  {
    // Its instances may have run beside those of a later version for some days. It counted an attempt
    // every 50 ms at most.
    name: 'first-version',
    rule: 'An order without its PLACED event has only what the first version wrote, in its time.',
    subject: 'orders',
    sql: `
      with timelines as (select min(occurred_at) as began from order_event)
      select format('order %s', o.id) as place,
             'no idempotency key, and without events an early PENDING, CONFIRMED or CANCELLED'
               as expected,
             format('%s with %s attempts at %s, key %s', o.status, o.attempts, o.updated_at,
                    coalesce(o.idempotency_key, 'none')) as found
        from orders o cross join timelines t
        left join order_event e on e.order_id = o.id and e.seq = 1
       where e.event is distinct from 'PLACED'
         and (o.idempotency_key is not null
              or o.last_seq = 0
                 and (o.status in ('REDUCING', 'CANCELLING', 'FULFILLING', 'FULFILLED')
                      or o.refusals > 0 or o.parked_at is not null
                      or o.updated_at > t.began + interval '7 days'
                      or o.status <> 'PENDING'
                         and o.attempts > 10 + 20 * extract(epoch from o.updated_at - o.created_at)))
       order by o.id`,
  },
];
