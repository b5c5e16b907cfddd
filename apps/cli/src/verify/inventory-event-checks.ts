import type { Check } from './check';
import { eventLogChecks, type EventSource, LOGGED } from './event-log-checks';

/** The event of a reduction, and that of the release of a hold that was reduced: with their units. */
const HAS_UNITS = `(ref like 'reservation/%' and split_part(ref, '/', 6) <> '')`;

const IS_REDUCED = (reservationId: string): string =>
  `exists (select from reduced_line d where d.reservation_id = ${reservationId})`;

const STEP = `
  case split_part(ref, '/', 3)
    when 'HELD' then 0
    when 'REDUCED' then coalesce(substring(ref from '^reservation/[^/]+/REDUCED/([0-9]+)/')::bigint, 0)
    else 1000 end`;

/**
 * Movements and rejections. What a reduced hold returned cannot be told from its rows, and those of
 * tombstones are deleted after a while.
 */
const DECISIONS: EventSource = {
  rows: `
    select 'movement/' || sku || '/' || seq as ref, occurred_at as at,
           format('%s, movement %s', sku, seq) as place
      from stock_movement where kind = 'ADJUSTED'
     union all
    select 'reservation/' || reservation_id || '/' || kind, min(occurred_at),
           format('reservation %s, %s', reservation_id, kind)
      from stock_movement m
     where kind in ('HELD', 'COMMITTED', 'EXPIRED')
        or kind = 'RELEASED' and not ${IS_REDUCED('m.reservation_id')}
     group by reservation_id, kind
     union all
    select 'reservation/' || id || '/REJECTED', created_at, format('reservation %s, REJECTED', id)
      from reservation where state = 'REJECTED'
     union all
    select 'reservation/' || id || '/TOMBSTONE/' || (extract(epoch from created_at) * 1000000)::bigint,
           created_at, format('reservation %s, RELEASED without lines', id)
      from reservation r
     where state = 'RELEASED'
       and not exists (select from reservation_line l where l.reservation_id = r.id)`,
  key: `split_part(ref, '/', 1) || '/' || split_part(ref, '/', 2)`,
  number: `
    case when ref like 'movement/%' then substring(ref from '/([0-9]+)$')::bigint else ${STEP} end`,
  isOwn: `(ref like 'movement/%' or ref like 'reservation/%' and split_part(ref, '/', 4) = '')`,
};

/** Inventory's log has what the ledger and the reservations have. */
export const inventoryEventChecks: readonly Check[] = [
  ...eventLogChecks(DECISIONS),
  {
    name: 'event-units',
    rule: 'The events of a reduced hold return the units that its movements return.',
    subject: 'log',
    sql: `
      with told as (
        select split_part(ref, '/', 2) as id, split_part(item, '=', 1) as sku,
               sum(substring(item from '=([0-9]+)$')::bigint) as units
          from (${LOGGED}) logged
         cross join unnest(string_to_array(split_part(ref, '/', 6), ',')) as item
         where ${HAS_UNITS}
         group by 1, 2),
      returned as (
        select reservation_id as id, sku, -sum(reserved_delta) as units, min(occurred_at) as first_at
          from stock_movement m where kind = 'RELEASED' and ${IS_REDUCED('m.reservation_id')}
         group by 1, 2)
      select format('reservation %s, %s', id, sku) as place,
             format('%s units', coalesce(returned.units, 0)) as expected,
             format('%s units', coalesce(told.units, 0)) as found
        from returned full join told using (id, sku)
       where coalesce(told.units, 0) > coalesce(returned.units, 0)
          or (told.units is distinct from returned.units
              and first_at > (select complete_since from event_sequence))
       order by place`,
  },
  {
    name: 'event-reductions',
    rule: 'The events of the reductions of a hold are after that of the hold, and before that of its end.',
    subject: 'log',
    sql: `
      with logged as (select ref, part, row, n, split_part(ref, '/', 2) as id from (${LOGGED}) each),
      numbered as (
        select ref, ${STEP} as step,
               lag(${STEP}) over (partition by id order by part, row, n) as previous
          from logged
         where ref like 'reservation/%'
           and exists (select from reduced_line d where d.reservation_id = id))
      select format('event %s', ref) as place, format('a step after %s', previous) as expected,
             format('step %s', step) as found
        from numbered where step <= previous
       order by place`,
  },
];
