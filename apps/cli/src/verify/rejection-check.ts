import type { Check } from './check';

/** Times are compared in steps of 5 s, since the clock may be set back a little at any time. */
const slotOf = (time: string): string => `floor(extract(epoch from ${time}) / 5)::bigint`;

/** More than any number of units, to put a sequence number and a number of units into one number. */
const UNITS = 2_147_483_648;

/**
 * The levels in each slot with movements or rejections: the lowest and the highest number of available
 * units, and the last movement with the number after it.
 */
const SLOTS = `
  slots as (
    select sku, slot, min(low) as low, max(high) as high, max(last) as last
      from (select sku, ${slotOf('occurred_at')} as slot, least(before, after) as low,
                   greatest(before, after) as high, seq * ${UNITS} + after as last
              from (select sku, seq, occurred_at,
                           greatest(on_hand_after::bigint - reserved_after, 0) as after,
                           greatest(on_hand_after::bigint - on_hand_delta
                                      - (reserved_after::bigint - reserved_delta), 0) as before
                      from stock_movement where sku in (select sku from rejected)) m
            union all
            select sku, slot, null, null, null from rejected) s
     group by sku, slot)`;

/**
 * The levels around each slot. Without a movement nearby it is the level after the last one, or that of
 * an unknown SKU.
 */
const LEVELS = `
  levels as (
    select sku, slot, coalesce(min(low) over near, max(last) over until % ${UNITS}, 0) as low,
           coalesce(max(high) over near, max(last) over until % ${UNITS}, 0) as high,
           max(last) over long_before is not null as is_known
      from slots
    window near as (partition by sku order by slot range between 1 preceding and 1 following),
           until as (partition by sku order by slot),
           long_before as (partition by sku order by slot
                           range between unbounded preceding and 2 preceding))`;

/** While a clock that was set back far repeats a time, the ledger does not tell the level at it. */
const SET_BACK = `
  set_back as (
    select min(decided_at) as since, max(occurred_at) as until
      from (select m.occurred_at,
                   case m.kind when 'HELD' then r.created_at else r.updated_at end as decided_at
              from stock_movement m join reservation r on r.id = m.reservation_id) m
     where occurred_at > decided_at + interval '5 seconds')`;

export const rejectionCheck: Check = {
  name: 'rejected-stock',
  rule: 'A reservation was rejected exactly for the lines that the ledger had too few units for at that time.',
  subject: 'lines',
  sql: `
    with rejected as (
      select l.*, r.created_at, ${slotOf('r.created_at')} as slot
        from reservation_line l join reservation r on r.id = l.reservation_id
       where r.state = 'REJECTED'),
    ${SLOTS},
    ${LEVELS},
    ${SET_BACK}
    select format('reservation %s, %s', r.reservation_id, r.sku) as place,
           case
             when r.shortage = 'UNKNOWN_SKU' then 'no movement long before'
             when r.shortage is null then format('short with %s to %s available', low, high)
             when low = high then format('%s available', low)
             else format('%s to %s available', low, high)
           end as expected,
           format('%s of %s', coalesce(r.shortage || ' with ' || r.available, 'enough'), r.quantity)
             as found
      from rejected r join levels l on l.sku = r.sku and l.slot = r.slot
     cross join set_back
     where not case
             when r.shortage = 'UNKNOWN_SKU' then not is_known
             when r.shortage is null then r.quantity <= high
             else r.available between low and high
           end
       and not coalesce(r.created_at between set_back.since and set_back.until, false)
     order by r.reservation_id, r.sku`,
};
