import type { Check } from './check';

/** The ledger records every change of every level, and replaying it returns the levels. */
export const ledgerChecks: readonly Check[] = [
  {
    name: 'sequence',
    rule: "Each SKU's movements are numbered 1, 2, 3 … without a gap.",
    subject: 'movements',
    sql: `
      select format('%s, movement %s', sku, seq) as place, before + 1 as expected, seq as found
        from (select sku, seq, lag(seq, 1, 0::bigint) over (partition by sku order by seq) as before
                from stock_movement) m
       where seq <> before + 1
       order by sku, seq`,
  },
  {
    name: 'balance',
    rule: 'The balance after a movement is the balance before it plus its deltas.',
    subject: 'movements',
    sql: `
      select format('%s, movement %s', sku, seq) as place,
             format('%s on hand, %s reserved', on_hand, reserved) as expected,
             format('%s on hand, %s reserved', on_hand_after, reserved_after) as found
        from (select sku, seq, on_hand_after, reserved_after,
                     coalesce(lag(on_hand_after) over ledger, 0)::bigint + on_hand_delta as on_hand,
                     coalesce(lag(reserved_after) over ledger, 0)::bigint + reserved_delta as reserved
                from stock_movement window ledger as (partition by sku order by seq)) m
       where on_hand_after <> on_hand or reserved_after <> reserved
       order by sku, seq`,
  },
  {
    name: 'movement-time',
    rule: 'No movement is earlier than the previous movement of its SKU.',
    subject: 'movements',
    sql: `
      select format('%s, movement %s', sku, seq) as place,
             format('%s or later', before) as expected, occurred_at as found
        from (select sku, seq, occurred_at,
                     lag(occurred_at) over (partition by sku order by seq) as before
                from stock_movement) m
       where occurred_at < before
       order by sku, seq`,
  },
  {
    name: 'movement-range',
    rule: 'After a movement, 0 to 1,000,000,000 units are on hand and no negative number is reserved.',
    subject: 'movements',
    sql: `
      select format('%s, movement %s', sku, seq) as place,
             '0 to 1000000000 on hand, 0 or more reserved' as expected,
             format('%s on hand, %s reserved', on_hand_after, reserved_after) as found
        from stock_movement
       where on_hand_after not between 0 and 1000000000 or reserved_after < 0
       order by sku, seq`,
  },
  {
    name: 'kind',
    rule: 'Each movement has the deltas of its kind and names a reservation or an adjustment.',
    subject: 'movements',
    sql: `
      select format('%s, movement %s', sku, seq) as place,
             case kind
               when 'ADJUSTED' then 'ADJUSTED(any,0) of no reservation'
               when 'HELD' then 'HELD(0,+n) of a reservation alone'
               when 'COMMITTED' then 'COMMITTED(-n,-n) or COMMITTED(-n,0) of a reservation alone'
               when 'RELEASED' then 'RELEASED(0,-n) of a reservation alone'
               when 'EXPIRED' then 'EXPIRED(0,-n) of a reservation alone'
               else 'ADJUSTED, HELD, COMMITTED, RELEASED or EXPIRED'
             end as expected,
             format('%s(%s,%s) of reservation %s, adjustment %s', kind, on_hand_delta,
                    reserved_delta, coalesce(reservation_id, 'none'),
                    coalesce(adjustment_id, 'none')) as found
        from stock_movement
       where not case
               when kind = 'ADJUSTED' then reserved_delta = 0 and reservation_id is null
               when reservation_id is null then false
               when coalesce(adjustment_id, reason, actor) is not null then false
               when kind = 'HELD' then on_hand_delta = 0 and reserved_delta > 0
               when kind = 'COMMITTED'
                 then on_hand_delta < 0 and reserved_delta in (0, on_hand_delta)
               when kind in ('RELEASED', 'EXPIRED') then on_hand_delta = 0 and reserved_delta < 0
               else false
             end
       order by sku, seq`,
  },
  {
    name: 'oversold',
    rule: 'Units were held or taken immediately only if they were available.',
    subject: 'movements',
    sql: `
      select format('%s, movement %s, %s', sku, seq, kind) as place,
             format('at most %s reserved afterwards', on_hand_after) as expected,
             reserved_after as found
        from stock_movement
       where (kind = 'HELD' or kind = 'COMMITTED' and reserved_delta = 0)
         and reserved_after > on_hand_after
       order by sku, seq`,
  },
  {
    // The first version had only the seeds as adjustments, without an id.
    name: 'adjustment',
    rule: 'Each adjustment has a reason, an actor and an id; only the first movement of a SKU may lack actor and id.',
    subject: 'movements',
    sql: `
      select format('%s, movement %s', sku, seq) as place,
             'a reason, an actor and an id' as expected,
             format('reason %s, actor %s, id %s', coalesce(reason, 'none'),
                    coalesce(actor, 'none'), coalesce(adjustment_id, 'none')) as found
        from stock_movement
       where kind = 'ADJUSTED'
         and (reason is null or (adjustment_id is null) <> (actor is null)
              or adjustment_id is null and seq > 1)
       order by sku, seq`,
  },
  {
    name: 'adjustment-id',
    rule: 'Each adjustment id has one movement.',
    subject: 'movements',
    sql: `
      select format('adjustment %s', adjustment_id) as place, '1 movement' as expected,
             format('%s movements', count(*)) as found
        from stock_movement
       where adjustment_id is not null
       group by adjustment_id having count(*) > 1
       order by adjustment_id`,
  },
  {
    name: 'level',
    rule: 'Each level equals the balance after the last movement of its SKU.',
    subject: 'SKUs',
    sql: `
      with last as (
        select distinct on (sku) * from stock_movement order by sku, seq desc)
      select coalesce(l.sku, m.sku) as place,
             case when m.sku is null then 'no level without a movement'
                  else format('%s on hand, %s reserved, movement %s at %s',
                              m.on_hand_after, m.reserved_after, m.seq, m.occurred_at)
             end as expected,
             case when l.sku is null then 'no level'
                  else format('%s on hand, %s reserved, movement %s at %s',
                              l.on_hand, l.reserved, l.last_seq, l.updated_at)
             end as found
        from stock_level l full join last m on m.sku = l.sku
       where (l.on_hand, l.reserved, l.last_seq, l.updated_at)
               is distinct from (m.on_hand_after, m.reserved_after, m.seq, m.occurred_at)
       order by 1`,
  },
  {
    name: 'replay',
    rule: "Each level equals the sum of the deltas of its SKU's movements.",
    subject: 'SKUs',
    sql: `
      with total as (
        select sku, sum(on_hand_delta) as on_hand, sum(reserved_delta) as reserved
          from stock_movement group by sku)
      select coalesce(l.sku, t.sku) as place,
             format('%s on hand, %s reserved', coalesce(t.on_hand, 0),
                    coalesce(t.reserved, 0)) as expected,
             case when l.sku is null then 'no level'
                  else format('%s on hand, %s reserved', l.on_hand, l.reserved)
             end as found
        from stock_level l full join total t on t.sku = l.sku
       where (l.on_hand, l.reserved)
               is distinct from (coalesce(t.on_hand, 0), coalesce(t.reserved, 0))
       order by 1`,
  },
  {
    name: 'shortfall',
    rule: 'The shortfall is the number of units that are reserved but not on hand.',
    subject: 'SKUs',
    sql: `
      select sku as place, greatest(reserved::bigint - on_hand, 0) as expected, shortfall as found
        from stock_level
       where shortfall <> greatest(reserved::bigint - on_hand, 0)
       order by sku`,
  },
  {
    name: 'level-range',
    rule: 'No number is negative, and reserved units do not exceed on hand plus shortfall.',
    subject: 'SKUs',
    sql: `
      select sku as place,
             '0 to 1000000000 on hand, 0 or more missing, 0 to both together reserved' as expected,
             format('%s on hand, %s missing, %s reserved', on_hand, shortfall, reserved) as found
        from stock_level
       where on_hand not between 0 and 1000000000 or shortfall < 0
          or reserved not between 0 and on_hand::bigint + shortfall
       order by sku`,
  },
];
