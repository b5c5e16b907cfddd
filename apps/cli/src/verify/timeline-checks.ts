import type { Check } from './check';

/** Each event with the previous status and time of its order. Null for the first event. */
const EVENTS = `
  (select *, lag(status) over timeline as status_before, lag(seq, 1, 0) over timeline as seq_before,
          lag(occurred_at) over timeline as time_before
     from order_event window timeline as (partition by order_id order by seq)) e`;

const PLACE = `format('order %s, event %s', order_id, seq) as place`;

/** Events that are named after the status that they set. */
const STATUS_EVENTS = `
  ('CONFIRMED', 'REDUCING', 'CANCELLING', 'CANCELLED', 'FULFILLING', 'FULFILLED')`;

/** The timeline of an order follows the allowed transitions and ends at the order's present state. */
export const timelineChecks: readonly Check[] = [
  {
    name: 'event-sequence',
    rule: "Each order's events are numbered 1, 2, 3 … without a gap.",
    subject: 'events',
    sql: `
      select ${PLACE}, seq_before + 1 as expected, seq as found
        from ${EVENTS}
       where seq <> seq_before + 1
       order by order_id, seq`,
  },
  {
    name: 'event-time',
    rule: 'No event is earlier than the previous event of its order.',
    subject: 'events',
    sql: `
      select ${PLACE}, format('%s or later', time_before) as expected, occurred_at as found
        from ${EVENTS}
       where occurred_at < time_before
       order by order_id, seq`,
  },
  {
    // The first version had no timeline. Its orders are older than the first event of all. Their events
    // of today begin with 1.
    name: 'placed',
    rule: 'The first event of each order is PLACED, except for orders older than the timeline.',
    subject: 'orders',
    sql: `
      with timelines as (select min(occurred_at) as began from order_event)
      select format('order %s', o.id) as place,
             format('PLACED with PENDING at %s', o.created_at) as expected,
             case when e.seq is null then 'no event 1'
                  else format('%s with %s at %s', e.event, e.status, e.occurred_at) end as found
        from orders o cross join timelines t
        left join order_event e on e.order_id = o.id and e.seq = 1
       where (o.created_at >= t.began or e.event = 'PLACED')
         and (e.event, e.status, e.occurred_at)
               is distinct from ('PLACED', 'PENDING', o.created_at)
       order by o.id`,
  },
  {
    name: 'event-status',
    rule: 'An event named after a status sets that status; any other event keeps the status.',
    subject: 'events',
    sql: `
      select format('order %s, event %s, %s', order_id, seq, event) as place,
             case
               when event = 'PLACED' then 'PENDING, after nothing'
               when event in ('NO_ANSWER', 'REFUSED', 'PARKED', 'RETRIED')
                 then 'PENDING, REDUCING, CANCELLING or FULFILLING, as before'
               when event in ${STATUS_EVENTS}
                 then format('%s, after another status', event)
               else 'a known event'
             end as expected,
             format('%s, after %s', status, coalesce(status_before, 'nothing')) as found
        from ${EVENTS}
       where not case
               when event = 'PLACED' then status = 'PENDING' and status_before is null
               when event in ('NO_ANSWER', 'REFUSED', 'PARKED', 'RETRIED')
                 then status in ('PENDING', 'REDUCING', 'CANCELLING', 'FULFILLING')
                      and status = coalesce(status_before, status)
               when event in ${STATUS_EVENTS}
                 then status = event and status is distinct from status_before
               else false
             end
       order by order_id, seq`,
  },
  {
    name: 'move',
    rule: 'An order only changes from a status to one that may follow it.',
    subject: 'events',
    sql: `
      select ${PLACE},
             case status_before
               when 'PENDING' then 'CONFIRMED, CANCELLED or CANCELLING after PENDING'
               when 'CONFIRMED' then 'REDUCING, CANCELLING or FULFILLING after CONFIRMED'
               when 'REDUCING' then 'CONFIRMED, CANCELLING, CANCELLED or FULFILLED after REDUCING'
               when 'CANCELLING' then 'CANCELLED or FULFILLED after CANCELLING'
               when 'FULFILLING' then 'FULFILLED or CANCELLED after FULFILLING'
               else format('nothing after %s', status_before)
             end as expected,
             status as found
        from ${EVENTS}
       where status <> status_before
         and (status_before, status) not in
               (values ('PENDING', 'CONFIRMED'), ('PENDING', 'CANCELLED'),
                       ('PENDING', 'CANCELLING'), ('CONFIRMED', 'CANCELLING'),
                       ('CONFIRMED', 'FULFILLING'), ('CONFIRMED', 'REDUCING'),
                       ('REDUCING', 'CONFIRMED'), ('REDUCING', 'CANCELLING'),
                       ('REDUCING', 'CANCELLED'), ('REDUCING', 'FULFILLED'),
                       ('CANCELLING', 'CANCELLED'),
                       ('CANCELLING', 'FULFILLED'), ('FULFILLING', 'FULFILLED'),
                       ('FULFILLING', 'CANCELLED'))
       order by order_id, seq`,
  },
  {
    name: 'after-the-end',
    rule: 'A CANCELLED or FULFILLED order has no further events.',
    subject: 'events',
    sql: `
      select ${PLACE}, format('nothing after %s', status_before) as expected,
             format('%s with %s', event, status) as found
        from ${EVENTS}
       where status_before in ('CANCELLED', 'FULFILLED')
       order by order_id, seq`,
  },
  {
    name: 'last-event',
    rule: 'Each order has the status, sequence number and time of its last event.',
    subject: 'orders',
    sql: `
      with last as (
        select distinct on (order_id) * from order_event order by order_id, seq desc)
      select format('order %s', o.id) as place,
             case when l.seq is null then 'event 0'
                  else format('event %s, %s at %s', l.seq, l.status, l.occurred_at) end as expected,
             format('event %s, %s at %s', o.last_seq, o.status, o.updated_at) as found
        from orders o left join last l on l.order_id = o.id
       where o.last_seq <> coalesce(l.seq, 0) or o.status <> l.status
          or o.updated_at <> l.occurred_at
       order by o.id`,
  },
  {
    name: 'parked',
    rule: 'An order is parked since its first PARKED event; manual retries that failed do not change that time.',
    subject: 'orders',
    sql: `
      with ended as (
        select order_id, max(seq) as seq from order_event
         where event not in ('NO_ANSWER', 'REFUSED', 'PARKED') group by order_id),
      implied as (
        select o.id, o.parked_at,
               (select min(e.occurred_at) from order_event e
                 where e.order_id = o.id and e.event = 'PARKED'
                   and e.seq > coalesce(ended.seq, 0)) as parked_by_event
          from orders o left join ended on ended.order_id = o.id)
      select format('order %s', id) as place,
             format('parked %s', coalesce(parked_by_event::text, 'never')) as expected,
             format('parked %s', coalesce(parked_at::text, 'never')) as found
        from implied
       where parked_at is distinct from parked_by_event
       order by id`,
  },
  {
    name: 'attempt',
    rule: 'Events of a call to Inventory have the number of the attempt and its duration; other events have neither.',
    subject: 'events',
    sql: `
      select format('order %s, event %s, %s', order_id, seq, event) as place,
             case when called then 'attempt 1 or later, 0 ms or more' else 'no attempt' end
               as expected,
             case when num_nulls(attempt, duration_ms) = 2 then 'no attempt'
                  else format('attempt %s, %s ms', coalesce(attempt::text, 'none'),
                              coalesce(duration_ms::text, 'no')) end as found
        from (select *, event in ('CONFIRMED', 'CANCELLED', 'FULFILLED', 'NO_ANSWER', 'REFUSED',
                                  'PARKED') as called
                from order_event) e
       where not case when called then coalesce(attempt >= 1 and duration_ms >= 0, false)
                      else num_nulls(attempt, duration_ms) = 2 end
       order by order_id, seq`,
  },
  {
    // An older version wrote SETTLER for SYSTEM, and may still do so beside this one. STAFF and ADMIN are
    // reserved, and may do what the customer may.
    name: 'actor',
    rule: 'Only people place, reduce, fulfill and retry an order; only the system cancels by time.',
    subject: 'events',
    sql: `
      select format('order %s, event %s, %s for %s', order_id, seq, event,
                    coalesce(reason, 'nothing')) as place,
             case
               when event = 'CANCELLING'
                 then 'CUSTOMER, STAFF or ADMIN for REQUESTED, or SYSTEM for ACCEPT_BY_PASSED or EXPIRED'
               when event in ('PLACED', 'REDUCING', 'FULFILLING', 'RETRIED')
                 then 'CUSTOMER, STAFF or ADMIN'
               else 'CUSTOMER, STAFF, ADMIN or SYSTEM'
             end as expected,
             actor as found
        from (select *, actor in ('CUSTOMER', 'STAFF', 'ADMIN') as is_person,
                     actor in ('SYSTEM', 'SETTLER') as is_system
                from order_event) e
       where not case
               when event = 'CANCELLING'
                 then is_person and coalesce(reason, '') = 'REQUESTED'
                      or is_system and coalesce(reason, '') in ('ACCEPT_BY_PASSED', 'EXPIRED')
               when event in ('PLACED', 'REDUCING', 'FULFILLING', 'RETRIED') then is_person
               else is_person or is_system
             end
       order by order_id, seq`,
  },
  {
    name: 'accept-by',
    rule: 'The reconciler cancels only PENDING orders whose accept-by time has passed, and expired CONFIRMED orders.',
    subject: 'events',
    sql: `
      select format('order %s, event %s', e.order_id, e.seq) as place,
             case e.reason when 'EXPIRED' then 'after CONFIRMED'
                           else format('after PENDING, at %s or later', o.accept_by) end as expected,
             format('after %s, at %s', coalesce(before.status, 'nothing'), e.occurred_at) as found
        from order_event e join orders o on o.id = e.order_id
        left join order_event before on before.order_id = e.order_id and before.seq = e.seq - 1
       where e.event = 'CANCELLING' and e.actor in ('SYSTEM', 'SETTLER')
         and not case e.reason
               when 'EXPIRED' then coalesce(before.status, '') = 'CONFIRMED'
               else coalesce(before.status, '') = 'PENDING' and e.occurred_at >= o.accept_by
             end
       order by e.order_id, e.seq`,
  },
  {
    name: 'event-reason',
    rule: 'The timeline of a CANCELLING or CANCELLED order has the cancel reason of the order.',
    subject: 'events',
    sql: `
      select format('order %s, event %s, %s', e.order_id, e.seq, e.event) as place,
             coalesce(o.cancel_reason, 'none') as expected, coalesce(e.reason, 'none') as found
        from order_event e join orders o on o.id = e.order_id
       where o.status in ('CANCELLING', 'CANCELLED') and e.event in ('CANCELLING', 'CANCELLED')
         and e.reason is distinct from o.cancel_reason
       order by e.order_id, e.seq`,
  },
  {
    name: 'event-order',
    rule: 'Each event belongs to an existing order.',
    subject: 'events',
    sql: `
      select format('event %s', e.seq) as place, format('order %s', e.order_id) as expected,
             'none' as found
        from order_event e
       where not exists (select from orders o where o.id = e.order_id)
       order by e.order_id, e.seq`,
  },
];
