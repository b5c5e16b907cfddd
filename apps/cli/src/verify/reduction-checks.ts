import type { Check } from './check';

/** The units of a line by the movements that took them, as text. */
const unitsOf = (held: string, released: string, committed: string, expired: string): string =>
  `format('%s held, %s released, %s committed, %s expired', ${held}, ${released}, ${committed}, ${expired})`;

/** What a line still had when its reservation ended in this state. */
const endedAs = (state: string): string => `case state when '${state}' then units else 0 end`;

/** A hold whose lines were reduced agrees with the ledger and with what it was decided for. */
export const reductionChecks: readonly Check[] = [
  {
    name: 'reduced',
    rule: 'Of a reduced line, the units that were returned and those that remained add up to what was held.',
    subject: 'lines',
    sql: `
      with moved as (
        select m.reservation_id, m.sku,
               ${unitsOf(
                 `coalesce(sum(reserved_delta) filter (where kind = 'HELD'), 0)`,
                 `coalesce(-sum(reserved_delta) filter (where kind = 'RELEASED'), 0)`,
                 `coalesce(-sum(reserved_delta) filter (where kind = 'COMMITTED'), 0)`,
                 `coalesce(-sum(reserved_delta) filter (where kind = 'EXPIRED'), 0)`,
               )} as units
          from stock_movement m join reduced_line d using (reservation_id, sku)
         group by m.reservation_id, m.sku),
      line as (
        select d.reservation_id, d.sku, r.state, d.quantity as held,
               coalesce(l.quantity, 0) as units
          from reduced_line d join reservation r on r.id = d.reservation_id
          left join reservation_line l using (reservation_id, sku)),
      implied as (
        select reservation_id, sku, state,
               ${unitsOf(
                 'held',
                 `held - units + ${endedAs('RELEASED')}`,
                 endedAs('COMMITTED'),
                 endedAs('EXPIRED'),
               )} as units
          from line)
      select format('reservation %s, %s, %s', reservation_id, state, sku) as place,
             implied.units as expected, coalesce(moved.units, 'no movement') as found
        from implied left join moved using (reservation_id, sku)
       where moved.units is distinct from implied.units
       order by reservation_id, sku`,
  },
  {
    // Printed without numbers, since the check before adds them up.
    name: 'reduced-order',
    rule: 'A reduced line is held once and first, and committed or expired at most once and last.',
    subject: 'lines',
    sql: `
      with moved as (
        select m.reservation_id, m.sku, string_agg(m.kind, ', ' order by m.seq) as kinds
          from stock_movement m join reduced_line d using (reservation_id, sku)
         group by m.reservation_id, m.sku)
      select format('reservation %s, %s', reservation_id, sku) as place,
             'HELD, then RELEASED, then COMMITTED or EXPIRED or nothing' as expected,
             kinds as found
        from moved
       where kinds !~ '^HELD(, RELEASED)+(, COMMITTED|, EXPIRED)?$'
       order by reservation_id, sku`,
  },
  {
    name: 'reduced-line',
    rule: 'A reduced line has fewer units than were held, and belongs to a reservation that was held.',
    subject: 'lines',
    sql: `
      select format('reduced line of reservation %s, %s', d.reservation_id, d.sku) as place,
             format('more than %s held, of a reservation that was held', coalesce(l.quantity, 0))
               as expected,
             format('%s held, %s', d.quantity, coalesce(r.state, 'no reservation')) as found
        from reduced_line d left join reservation r on r.id = d.reservation_id
        left join reservation_line l using (reservation_id, sku)
       where d.quantity <= coalesce(l.quantity, 0) or d.quantity > 100000000
          or coalesce(r.state, 'REJECTED') = 'REJECTED'
       order by d.reservation_id, d.sku`,
  },
  {
    name: 'reductions',
    rule: 'A reservation counts its reductions: 0 to 5, and as many as any of its lines had.',
    subject: 'reservations',
    sql: `
      with counted as (
        select reservation_id, sku, count(*) - case min(r.state) when 'RELEASED' then 1 else 0 end
                 as times, coalesce(min(l.quantity), 0) as units, min(r.state) as state
          from stock_movement m join reduced_line d using (reservation_id, sku)
          join reservation r on r.id = reservation_id
          left join reservation_line l using (reservation_id, sku)
         where m.kind = 'RELEASED' group by reservation_id, sku),
      -- A line without units was not released at the end.
      reduced as (
        select reservation_id,
               max(times + case when units = 0 and state = 'RELEASED' then 1 else 0 end) as times
          from counted group by reservation_id)
      select format('reservation %s', r.id) as place,
             case when d.times is null then '0' else format('%s to 5', d.times) end as expected,
             r.reductions as found
        from reservation r left join reduced d on d.reservation_id = r.id
       where r.reductions not between coalesce(d.times, 0)
                                  and case when d.times is null then 0 else 5 end
       order by r.id`,
  },
];
