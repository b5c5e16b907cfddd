import type { Check } from './check';

/** The ledger has what each reservation's state implies, and the columns of a reservation agree. */
export const reservationChecks: readonly Check[] = [
  {
    name: 'reserved',
    rule: 'The reserved units of a SKU equal the units of its held reservations.',
    subject: 'SKUs',
    sql: `
      with held as (
        select l.sku, sum(l.quantity) as units
          from reservation_line l join reservation r on r.id = l.reservation_id
         where r.state = 'HELD' group by l.sku)
      select coalesce(l.sku, h.sku) as place, coalesce(h.units, 0) as expected,
             coalesce(l.reserved::text, 'no level') as found
        from stock_level l full join held h on h.sku = l.sku
       where l.reserved is distinct from coalesce(h.units, 0)
       order by 1`,
  },
  {
    // Printed as KIND(delta on hand, delta reserved). A line has at most two movements; of more, the
    // first three are printed. `reduced` checks the lines that were reduced.
    name: 'history',
    rule: 'Each line has exactly the movements that the state of its reservation implies.',
    subject: 'lines',
    sql: `
      with done as (
        select reservation_id, sku,
               string_agg(format('%s(%s,%s)', kind, on_hand_delta, reserved_delta), ', '
                          order by nth) filter (where nth <= 3)
                 || case when count(*) > 3 then format(' and %s more', count(*) - 3) else '' end
                 as moved
          from (select *, row_number() over (partition by reservation_id, sku order by seq) as nth
                  from stock_movement where reservation_id is not null) m
         group by reservation_id, sku),
      implied as (
        select l.reservation_id, l.sku, r.state,
               case when r.state in ('HELD', 'COMMITTED', 'RELEASED', 'EXPIRED')
                    then format('HELD(0,%s)', l.quantity)
                      || case r.state
                           when 'HELD' then ''
                           when 'COMMITTED'
                             then format(', COMMITTED(-%s,-%s)', l.quantity, l.quantity)
                           else format(', %s(0,-%s)', r.state, l.quantity)
                         end
               end as moves,
               case r.state when 'COMMITTED' then format('COMMITTED(-%s,0)', l.quantity) end
                 as at_once
          from reservation_line l join reservation r on r.id = l.reservation_id)
      select format('reservation %s, %s, %s', reservation_id, coalesce(state, 'not a line of it'),
                    sku) as place,
             concat_ws(' or ', coalesce(moves, 'no movement'), at_once) as expected,
             coalesce(moved, 'no movement') as found
        from implied full join done using (reservation_id, sku)
       where moved is distinct from moves and moved is distinct from coalesce(at_once, moves)
         and exists (select from reservation r where r.id = reservation_id)
         and not exists (select from reduced_line d
                          where d.reservation_id = coalesce(implied.reservation_id,
                                                            done.reservation_id)
                            and d.sku = coalesce(implied.sku, done.sku))
       order by reservation_id, sku`,
  },
  {
    name: 'whole',
    rule: 'A reservation that was committed immediately was committed immediately in all its lines.',
    subject: 'reservations',
    sql: `
      with taken as (
        select reservation_id, count(distinct sku) as skus from stock_movement
         where kind = 'COMMITTED' and reserved_delta = 0 group by reservation_id),
      asked as (
        select reservation_id, count(*) as skus from reservation_line group by reservation_id)
      select format('reservation %s', reservation_id) as place,
             format('%s lines taken at once', asked.skus) as expected, taken.skus as found
        from taken join asked using (reservation_id)
       where taken.skus < asked.skus
       order by reservation_id`,
  },
  {
    name: 'unknown-reservation',
    rule: 'Each movement that names a reservation names an existing one.',
    subject: 'movements',
    sql: `
      select format('%s, movement %s', m.sku, m.seq) as place,
             format('reservation %s', m.reservation_id) as expected, 'none' as found
        from stock_movement m
       where m.reservation_id is not null
         and not exists (select from reservation r where r.id = m.reservation_id)
       order by m.sku, m.seq`,
  },
  {
    name: 'unknown-line',
    rule: 'Each line belongs to an existing reservation.',
    subject: 'lines',
    sql: `
      select format('line of %s', l.sku) as place,
             format('reservation %s', l.reservation_id) as expected, 'none' as found
        from reservation_line l
       where not exists (select from reservation r where r.id = l.reservation_id)
       order by l.reservation_id, l.sku`,
  },
  {
    // If the clock was set back, the ledger is in time order all the same. A reduction is a decision
    // between the first and the last one.
    name: 'decided-at',
    rule: 'Each movement has the time of the decision that it records, or that of the previous movement if that is later.',
    subject: 'movements',
    sql: `
      select format('%s, movement %s, %s of reservation %s', sku, seq, kind, id) as place,
             greatest(decided_at, before) as expected, occurred_at as found
        from (select m.sku, m.seq, m.kind, r.id, m.occurred_at, m.before,
                     case when m.kind = 'HELD' then r.created_at
                          when m.kind = 'RELEASED' and r.reductions > 0
                            then least(r.updated_at, greatest(r.created_at, m.occurred_at))
                          else r.updated_at end as decided_at
                from (select *, lag(occurred_at) over (partition by sku order by seq) as before
                        from stock_movement) m
                join reservation r on r.id = m.reservation_id) m
       where occurred_at < decided_at
          or occurred_at > decided_at and occurred_at is distinct from before
       order by sku, seq`,
  },
  {
    name: 'state',
    rule: 'Each reservation has a known state.',
    subject: 'reservations',
    sql: `
      select format('reservation %s', id) as place,
             'HELD, REJECTED, COMMITTED, RELEASED or EXPIRED' as expected, state as found
        from reservation
       where state not in ('HELD', 'REJECTED', 'COMMITTED', 'RELEASED', 'EXPIRED')
       order by id`,
  },
  {
    name: 'lines',
    rule: 'Each reservation has lines, unless it is a tombstone.',
    subject: 'reservations',
    sql: `
      select format('reservation %s, %s', id, state) as place, 'lines' as expected, 'none' as found
        from reservation r
       where state <> 'RELEASED'
         and not exists (select from reservation_line l where l.reservation_id = r.id)
       order by id`,
  },
  {
    name: 'tombstone',
    rule: 'A tombstone has not changed since its creation and has no expiry.',
    subject: 'reservations',
    sql: `
      select format('reservation %s', id) as place,
             format('changed %s, expires never', created_at) as expected,
             format('changed %s, expires %s', updated_at, coalesce(expires_at::text, 'never'))
               as found
        from reservation r
       where state = 'RELEASED' and (updated_at <> created_at or expires_at is not null)
         and not exists (select from reservation_line l where l.reservation_id = r.id)
       order by id`,
  },
  {
    name: 'quantity',
    rule: 'Each line has 1 to 100,000,000 units.',
    subject: 'lines',
    sql: `
      select format('reservation %s, %s', reservation_id, sku) as place,
             '1 to 100000000' as expected, quantity as found
        from reservation_line
       where quantity not between 1 and 100000000
       order by reservation_id, sku`,
  },
  {
    name: 'rejected',
    rule: 'Rejected reservations have a short line, and no other reservation has one.',
    subject: 'reservations',
    sql: `
      with short as (
        select reservation_id, count(*) as lines from reservation_line
         where shortage is not null group by reservation_id)
      select format('reservation %s, %s', r.id, r.state) as place,
             case r.state when 'REJECTED' then 'a short line' else 'no short line' end as expected,
             coalesce(s.lines, 0) as found
        from reservation r left join short s on s.reservation_id = r.id
       where (s.lines is not null) <> (r.state = 'REJECTED')
       order by r.id`,
  },
  {
    name: 'shortage',
    rule: 'A short line states how many units were available, fewer than it requests.',
    subject: 'lines',
    sql: `
      select format('reservation %s, %s', reservation_id, sku) as place,
             format('NOT_ENOUGH with 0 to %s available, UNKNOWN_SKU with 0, or neither',
                    quantity::bigint - 1) as expected,
             format('%s with %s', coalesce(shortage, 'none'), coalesce(available::text, 'none'))
               as found
        from reservation_line
       where (shortage is not null or available is not null)
         and (coalesce(shortage, '') not in ('NOT_ENOUGH', 'UNKNOWN_SKU')
              or coalesce(available, -1) not between 0 and quantity::bigint - 1
              or shortage = 'UNKNOWN_SKU' and available > 0)
       order by reservation_id, sku`,
  },
  {
    name: 'held-until',
    rule: 'A line has the expiry of its reservation while that is held, and none otherwise.',
    subject: 'lines',
    sql: `
      select format('reservation %s, %s, %s', reservation_id, state, sku) as place,
             coalesce(expires_at::text, 'none') as expected,
             coalesce(held_until::text, 'none') as found
        from (select l.reservation_id, l.sku, l.held_until, r.state,
                     case r.state when 'HELD' then r.expires_at end as expires_at
                from reservation_line l join reservation r on r.id = l.reservation_id) l
       where held_until is distinct from expires_at
       order by reservation_id, sku`,
  },
  {
    name: 'expiry',
    rule: 'Only expired reservations changed last at or after their expiry.',
    subject: 'reservations',
    sql: `
      select format('reservation %s, %s', id, state) as place,
             case state
               when 'EXPIRED' then format('a time until %s', updated_at)
               when 'REJECTED' then 'no time'
               else format('no time, or one after %s', updated_at)
             end as expected,
             coalesce(expires_at::text, 'no time') as found
        from reservation
       where not case state
               when 'EXPIRED' then coalesce(expires_at <= updated_at, false)
               when 'REJECTED' then expires_at is null
               else coalesce(expires_at > updated_at, true)
             end
       order by id`,
  },
  {
    // Without it Inventory cannot decide; a horizon in the future rejects every new order.
    name: 'horizon',
    rule: 'There is one pruning horizon for tombstones, and it is in the past.',
    subject: 'reservations',
    sql: `
      select 'tombstone_horizon' as place, format('one time until %s', now()) as expected,
             coalesce(string_agg(concat(forgotten_before, case when id <> 1 then ' in row ' || id end),
                                 ', ' order by id), 'none') as found
        from tombstone_horizon
      having count(*) <> 1 or min(id) <> 1 or max(forgotten_before) > now()`,
  },
];
