import type { Check } from './check';

/** Events of calls that led to no other status. The order counts them. */
const UNDECIDED = `('NO_ANSWER', 'REFUSED', 'PARKED')`;

/** How stale the order may be that a caller read: its process may have been frozen. */
const STALE = `interval '10 minutes'`;

/** The counters and the numbers of attempts are those of the timeline. */
export const attemptChecks: readonly Check[] = [
  {
    name: 'attempt-count',
    rule: 'An order has the number of its last attempt, or 0 after any other event.',
    subject: 'orders',
    sql: `
      select format('order %s, %s', o.id, o.status) as place, implied as expected,
             o.attempts as found
        from (select o.*, case when e.event in ${UNDECIDED} then e.attempt else 0 end as implied
                from orders o join order_event e on e.order_id = o.id and e.seq = o.last_seq) o
       where o.attempts <> implied
       order by o.id`,
  },
  {
    // Of two callers, one may write the counter that it read before the other's refusal.
    name: 'refusal-count',
    rule: 'An order counts no more refusals than its status had, at least one after a refusal, and none after a change.',
    subject: 'orders',
    sql: `
      with refused as (
        select order_id, status, count(*) as times from order_event
         where event in ('REFUSED', 'PARKED') group by order_id, status),
      bounded as (
        select o.id, o.status, o.refusals,
               case when e.event in ('REFUSED', 'PARKED') then 1 else 0 end as least,
               case when e.event in ${UNDECIDED} then coalesce(r.times, 0) else 0 end as most
          from orders o join order_event e on e.order_id = o.id and e.seq = o.last_seq
          left join refused r on r.order_id = o.id and r.status = o.status)
      select format('order %s, %s', id, status) as place,
             format('%s to %s refusals', least, most) as expected, refusals as found
        from bounded
       where refusals not between least and most
       order by id`,
  },
  {
    // Two callers may make an attempt at the same time, and then it has the same number twice. A caller
    // reads the counter before its call, and only in the status that the call is for.
    name: 'attempt-number',
    rule: 'Attempts are numbered 1, 2, 3 … in each status, and again after a retry.',
    subject: 'events',
    sql: `
      with counted as (
        select *, case when event in ${UNDECIDED} then coalesce(attempt, 0)::bigint else 0 end as after
          from order_event),
      timeline as (
        select *, lag(after, 1, 0::bigint) over timeline as before, lag(status) over timeline as status_before
          from counted window timeline as (partition by order_id order by seq)),
      bounded as (
        select *, 1 + min(before) over recent as least, 1 + max(before) over since_change as most
          from timeline
        window recent as (partition by order_id, status_before order by occurred_at
                          range between ${STALE} preceding and current row),
               since_change as (partition by order_id, status_before order by seq))
      select format('order %s, event %s, %s', order_id, seq, event) as place,
             case when least = most then format('attempt %s', least)
                  else format('attempt %s to %s', least, most) end as expected,
             attempt as found
        from bounded
       where attempt not between least and most
       order by order_id, seq`,
  },
  {
    name: 'duration',
    rule: 'No call took a day, or began long before its order.',
    subject: 'events',
    sql: `
      select format('order %s, event %s, %s', order_id, seq, event) as place,
             format('less than %s ms', most) as expected, duration_ms as found
        from (select *, least((extract(epoch from occurred_at - min(occurred_at) over
                                       (partition by order_id)) * 1000)::bigint + 600000,
                              86400000) as most
                from order_event) e
       where duration_ms > most
       order by order_id, seq`,
  },
];
