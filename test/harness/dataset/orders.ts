import {
  allOrders,
  keptBefore,
  linesOf,
  ordersOf,
  type Plan,
  REJECTED_UNITS,
  SEEDED_UNITS,
  skuOf,
  type Statement,
  timeOf,
} from './plan';

/** The statements that fill Orders' tables. */
export const ordersStatements = (plan: Plan): readonly Statement[] => [
  { table: 'orders', sql: orders(plan) },
  { table: 'order_item', sql: items(plan) },
  { table: 'order_event', sql: events(plan) },
];

/** The n-th customer has 1/n as many orders as the first. The factor spreads them over the time. */
const userOf = ({ users, ordersBefore }: Plan): string =>
  `floor(exp(ln(${users}::float8) * ((nth + ${ordersBefore}) * 7919 % 1000003) / 1000003))::int`;

const orders = (plan: Plan): string => `
  insert into orders (id, user_id, idempotency_key, status, cancel_reason, shortages, accept_by,
                      last_seq, created_at, updated_at)
  select id, 'user-' || ${userOf(plan)}, md5('key ' || nth + ${plan.ordersBefore}),
         case outcome when 'HELD' then 'CONFIRMED' when 'COMMITTED' then 'FULFILLED' else 'CANCELLED' end,
         case outcome when 'REJECTED' then 'INSUFFICIENT_STOCK' when 'RELEASED' then 'REQUESTED' end,
         case outcome when 'REJECTED' then jsonb_build_array(jsonb_build_object(
                'sku', ${skuOf(plan, 'slot')}, 'requested', ${REJECTED_UNITS},
                'available', ${SEEDED_UNITS} - units * ${keptBefore('round')},
                'reason', 'NOT_ENOUGH')) end,
         ${timeOf('placed_us')} + interval '30 seconds',
         case outcome when 'REJECTED' then 2 when 'HELD' then 2 else 4 end,
         ${timeOf('placed_us')},
         case when outcome in ('REJECTED', 'HELD') then ${timeOf('decided_us')}
              else ${timeOf('ended_us')} end
    from ${linesOf(ordersOf(plan, allOrders(plan)))} o
   where position = 0`;

const items = (plan: Plan): string => `
  insert into order_item (order_id, position, sku, quantity)
  select id, position, ${skuOf(plan, 'slot')},
         case when outcome = 'REJECTED' and position = 0 then ${REJECTED_UNITS} else units end
    from ${linesOf(ordersOf(plan, allOrders(plan)))} o`;

const events = (plan: Plan): string => `
  insert into order_event (order_id, seq, event, status, actor, attempt, duration_ms, reason,
                           occurred_at)
  select id, seq, event, case event when 'PLACED' then 'PENDING' else event end, 'CUSTOMER', attempt,
         duration_ms, reason, ${timeOf('occurred_us')}
    from ${ordersOf(plan, allOrders(plan))} o
   cross join lateral (values
     (1, 'PLACED', null::integer, null::integer, null::text, placed_us),
     (2, case outcome when 'REJECTED' then 'CANCELLED' else 'CONFIRMED' end, 1, 4,
         case outcome when 'REJECTED' then 'INSUFFICIENT_STOCK' else 'HELD' end, decided_us),
     (3, case outcome when 'COMMITTED' then 'FULFILLING' else 'CANCELLING' end, null, null,
         case outcome when 'RELEASED' then 'REQUESTED' end, ending_us),
     (4, case outcome when 'COMMITTED' then 'FULFILLED' else 'CANCELLED' end, 1, 5,
         case outcome when 'COMMITTED' then 'COMMITTED' else 'REQUESTED' end, ended_us))
         as e (seq, event, attempt, duration_ms, reason, occurred_us)
   where seq <= case when outcome in ('REJECTED', 'HELD') then 2 else 4 end`;
