import type { Check } from './check';
import { LOGGED } from './event-log-checks';

const REF = (side: string, limit: string): string =>
  `concat_ws('/', 'threshold', t.sku, t.changed_seq, ${side}, ${limit}, t.changed_available,
             (extract(epoch from t.changed_at) * 1000000)::bigint)`;

/** Thresholds agree with the levels, and the last crossing of each has its event. */
export const thresholdChecks: readonly Check[] = [
  {
    name: 'threshold',
    rule: 'A SKU is low if at most low_at units are available, and not low from replenished_at on.',
    subject: 'thresholds',
    sql: `
      select format('threshold of %s', t.sku) as place,
             case when l.sku is null then 'a level'
                  when l.available <= t.low_at then format('low, with %s available', l.available)
                  else format('not low, with %s available', l.available) end as expected,
             case when l.sku is null then 'none' when t.is_low then 'low' else 'not low' end as found
        from stock_threshold t
        left join (select sku, greatest(0, on_hand - reserved) as available from stock_level) l
             on l.sku = t.sku
       where l.sku is null
          or l.available <= t.low_at and not t.is_low
          or l.available >= t.replenished_at and t.is_low
       order by t.sku`,
  },
  {
    // One that was set later may have other limits than the event, and one that was never low has none.
    name: 'threshold-event',
    rule: 'Each low SKU has the event that it became low, unless the event is no longer kept.',
    subject: 'thresholds',
    sql: `
      with logged as (select ref from (${LOGGED}) each where ref like 'threshold/%')
      select format('threshold of %s', t.sku) as place,
             ${REF(`'LOW'`, `'…'`)} as expected, 'no event' as found
        from stock_threshold t
       where t.is_low and t.changed_at > (select complete_since from event_sequence)
         and not exists (
           select from logged
            where starts_with(ref, concat_ws('/', 'threshold', t.sku, t.changed_seq, 'LOW', ''))
              and ref like '%/' || (extract(epoch from t.changed_at) * 1000000)::bigint)
       order by t.sku`,
  },
];
