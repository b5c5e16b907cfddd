import type { Check } from './check';

/** What each reduction of an order keeps of a SKU, and what the order had of it before. */
const STEPS = `
  (select r.order_id, r.number, r.sku, r.quantity,
          coalesce(lag(r.quantity) over (partition by r.order_id, r.sku order by r.number),
                   (select sum(i.quantity) from order_item i
                     where i.order_id = r.order_id and i.sku = r.sku)) as before
     from order_reduction r) step`;

/** The reductions of an order follow each other, and each takes units away. */
export const orderReductionChecks: readonly Check[] = [
  {
    name: 'reduction-count',
    rule: 'An order counts its reductions, 0 to 5, each with an event and with units that it keeps.',
    subject: 'orders',
    sql: `
      with kept as (
        select order_id, count(distinct number) as numbers, max(number) as last, min(number) as first
          from order_reduction group by order_id),
      begun as (
        select order_id, count(*) as events from order_event where event = 'REDUCING'
         group by order_id)
      select format('order %s', coalesce(o.id, k.order_id)) as place,
             format('%s of 0 to 5 reductions, with as many events', coalesce(k.numbers, 0)) as expected,
             case when o.id is null then 'no order'
                  else format('%s, numbered %s to %s, with %s events', o.reductions,
                              coalesce(k.first, 0), coalesce(k.last, 0), coalesce(b.events, 0))
             end as found
        from orders o full join kept k on k.order_id = o.id left join begun b on b.order_id = o.id
       where o.id is null or o.reductions <> coalesce(k.numbers, 0)
          or o.reductions <> coalesce(b.events, 0) or o.reductions > 5
          or k.first <> 1 or k.last <> k.numbers
       order by 1`,
  },
  {
    name: 'reduction-units',
    rule: 'A reduction keeps fewer units of a SKU than the order had before, and only of its SKUs.',
    subject: 'orders',
    sql: `
      select format('order %s, reduction %s, %s', order_id, number, sku) as place,
             case when before is null then 'a SKU of the order' else format('0 to %s', before - 1)
             end as expected,
             quantity as found
        from ${STEPS}
       where not coalesce(quantity between 0 and before - 1, false)
       order by order_id, number, sku`,
  },
  {
    name: 'reduction-rest',
    rule: 'An order keeps at least one unit.',
    subject: 'orders',
    sql: `
      with last as (
        select distinct on (order_id, sku) order_id, sku, quantity from order_reduction
         order by order_id, sku, number desc),
      rest as (
        select i.order_id, sum(coalesce(l.quantity, i.quantity)) as units
          from (select order_id, sku, sum(quantity) as quantity from order_item
                 where order_id in (select order_id from last) group by order_id, sku) i
          left join last l using (order_id, sku)
         group by i.order_id)
      select format('order %s', order_id) as place, '1 unit or more' as expected, units as found
        from rest where units < 1
       order by order_id`,
  },
];
