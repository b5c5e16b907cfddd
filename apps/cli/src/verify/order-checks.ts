import type { Check } from './check';

/** The columns of an order agree with each other and with its items. */
export const orderChecks: readonly Check[] = [
  {
    name: 'order-id',
    rule: 'Each order id is a UUIDv7, from which Inventory derives the age of the order.',
    subject: 'orders',
    sql: `
      select format('order %s', id) as place, 'a UUIDv7' as expected, id as found
        from orders
       where substr(id::text, 15, 1) <> '7' or substr(id::text, 20, 1) not in ('8', '9', 'a', 'b')
       order by id`,
  },
  {
    name: 'idempotency-key',
    rule: 'No user has two orders with the same idempotency key.',
    subject: 'orders',
    sql: `
      select format('user %s, key %s', user_id, idempotency_key) as place, '1 order' as expected,
             format('%s orders: %s', count(*), string_agg(id::text, ', ' order by id)) as found
        from orders
       where idempotency_key is not null
       group by user_id, idempotency_key having count(*) > 1
       order by user_id, idempotency_key`,
  },
  {
    name: 'order-status',
    rule: 'Each order has a known status.',
    subject: 'orders',
    sql: `
      select format('order %s', id) as place,
             'PENDING, CONFIRMED, REDUCING, CANCELLING, CANCELLED, FULFILLING or FULFILLED'
               as expected,
             status as found
        from orders
       where status not in ('PENDING', 'CONFIRMED', 'REDUCING', 'CANCELLING', 'CANCELLED',
                            'FULFILLING', 'FULFILLED')
       order by id`,
  },
  {
    name: 'cancel-reason',
    rule: 'CANCELLING and CANCELLED orders have a cancel reason, and no other order has one.',
    subject: 'orders',
    sql: `
      select format('order %s, %s', id, status) as place,
             case status
               when 'CANCELLING' then 'REQUESTED, ACCEPT_BY_PASSED or EXPIRED'
               when 'CANCELLED' then 'INSUFFICIENT_STOCK, RESERVATION_RELEASED,'
                 ' RESERVATION_MISMATCH, REQUESTED, ACCEPT_BY_PASSED or EXPIRED'
               else 'none'
             end as expected,
             coalesce(cancel_reason, 'none') as found
        from orders
       where not case status
               when 'CANCELLING'
                 then coalesce(cancel_reason, '') in ('REQUESTED', 'ACCEPT_BY_PASSED', 'EXPIRED')
               when 'CANCELLED'
                 then coalesce(cancel_reason, '') in
                        ('INSUFFICIENT_STOCK', 'RESERVATION_RELEASED', 'RESERVATION_MISMATCH',
                         'REQUESTED', 'ACCEPT_BY_PASSED', 'EXPIRED')
               else cancel_reason is null
             end
       order by id`,
  },
  {
    // An unfinished order that is neither due nor parked would never end.
    name: 'due',
    rule: 'An unfinished order is either due at some time or parked; a finished order is neither.',
    subject: 'orders',
    sql: `
      select format('order %s, %s', id, status) as place,
             case when unfinished then 'due at some time, or parked'
                  else 'neither due nor parked' end as expected,
             format('due %s, parked %s', coalesce(next_attempt_at::text, 'never'),
                    coalesce(parked_at::text, 'never')) as found
        from (select *, status in ('PENDING', 'REDUCING', 'CANCELLING', 'FULFILLING') as unfinished
                from orders) o
       where num_nonnulls(next_attempt_at, parked_at) <> case when unfinished then 1 else 0 end
       order by id`,
  },
  {
    // The first version did not reset the count when an order ended.
    name: 'attempts',
    rule: 'Rejected attempts do not exceed attempts, and an order without a pending call has 0 attempts.',
    subject: 'orders',
    sql: `
      select format('order %s, %s', id, status) as place,
             case when rests then '0 attempts, 0 refusals'
                  else 'no more refusals than attempts' end as expected,
             format('%s attempts, %s refusals', attempts, refusals) as found
        from (select *, last_seq > 0 and status in ('CONFIRMED', 'CANCELLED', 'FULFILLED') as rests
                from orders) o
       where refusals not between 0 and attempts or rests and attempts > 0
       order by id`,
  },
  {
    name: 'order-time',
    rule: 'No order changed before it was created.',
    subject: 'orders',
    sql: `
      select format('order %s', id) as place, format('%s or later', created_at) as expected,
             updated_at as found
        from orders
       where updated_at < created_at
       order by id`,
  },
  {
    name: 'shortages',
    rule: 'Orders that were cancelled for insufficient stock have short lines, and no other order has any.',
    subject: 'orders',
    sql: `
      select format('order %s, %s for %s', id, status, coalesce(cancel_reason, 'nothing')) as place,
             case when short then 'a list of short lines' else 'none' end as expected,
             coalesce(shortages::text, 'none') as found
        from (select *, coalesce(status = 'CANCELLED' and cancel_reason = 'INSUFFICIENT_STOCK', false)
                          as short
                from orders) o
       where case when short
               then coalesce(jsonb_typeof(shortages) <> 'array' or shortages = '[]', true)
               else shortages is not null
             end
       order by id`,
  },
  {
    name: 'short-line',
    rule: 'Each short line is of a SKU of the order and states fewer available units than the order requests.',
    subject: 'orders',
    sql: `
      select format('order %s, %s', o.id, coalesce(line ->> 'sku', 'no SKU')) as place,
             case when asked.units is null then 'a SKU of the order'
                  else format('%s requested, NOT_ENOUGH with 0 to %s available or UNKNOWN_SKU with 0',
                              asked.units, asked.units - 1)
             end as expected,
             line as found
        from orders o
        cross join lateral jsonb_array_elements(
          case jsonb_typeof(o.shortages) when 'array' then o.shortages else '[]' end) line
        cross join lateral (
          select sum(quantity) as units from order_item
           where order_id = o.id and sku = line ->> 'sku') asked
        cross join lateral (
          select case jsonb_typeof(line -> 'available')
                   when 'number' then (line -> 'available')::numeric end as available) was
       where not coalesce(line -> 'requested' = to_jsonb(asked.units)
                          and was.available between 0 and asked.units - 1
                          and (line ->> 'reason' = 'NOT_ENOUGH'
                               or line ->> 'reason' = 'UNKNOWN_SKU' and was.available = 0)
                          and case jsonb_typeof(line) when 'object'
                                then line - array['sku', 'requested', 'available', 'reason'] = '{}'
                              end, false)
       order by o.id, line ->> 'sku'`,
  },
  {
    name: 'items',
    rule: 'Each order has 1 to 100 items, at positions 0, 1, 2 …',
    subject: 'orders',
    sql: `
      with listed as (
        select order_id, count(*) as items, count(distinct position) as positions,
               min(position) as first, max(position) as last
          from order_item group by order_id)
      select format('order %s', o.id) as place, '1 to 100 items from position 0 on' as expected,
             case when i.items is null then 'none'
                  else format('%s items at %s positions, %s to %s', i.items, i.positions, i.first,
                              i.last)
             end as found
        from orders o left join listed i on i.order_id = o.id
       where i.items is null or i.items > 100 or i.positions <> i.items or i.first <> 0
          or i.last <> i.items - 1
       order by o.id`,
  },
  {
    name: 'item',
    rule: 'Each item has 1 to 1,000,000 units of a valid SKU.',
    subject: 'items',
    sql: `
      select format('order %s, item %s', order_id, position) as place,
             '1 to 1000000 units of a SKU' as expected, format('%s of %s', quantity, sku) as found
        from order_item
       where quantity not between 1 and 1000000
          or sku !~ '^[A-Za-z0-9._-]+$' or length(sku) > 64
       order by order_id, position`,
  },
  {
    name: 'item-order',
    rule: 'Each item belongs to an existing order.',
    subject: 'items',
    sql: `
      select format('item %s', i.position) as place, format('order %s', i.order_id) as expected,
             'none' as found
        from order_item i
       where not exists (select from orders o where o.id = i.order_id)
       order by i.order_id, i.position`,
  },
];
