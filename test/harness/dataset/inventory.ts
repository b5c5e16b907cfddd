import {
  allOrders,
  committedBefore,
  inventoryTimeOf,
  keptBefore,
  lastMovingOrders,
  linesOf,
  ordersOf,
  type Plan,
  REJECTED_UNITS,
  rejectedBefore,
  SEEDED_UNITS,
  skuOf,
  type Statement,
} from './plan';

/** The statements that fill Inventory's tables. */
export const inventoryStatements = (plan: Plan): readonly Statement[] => [
  { table: 'stock_level', sql: levels(plan) },
  { table: 'reservation', sql: reservations(plan) },
  { table: 'reservation_line', sql: lines(plan) },
  { table: 'stock_movement', sql: seeds(plan) },
  { table: 'stock_movement', sql: movements(plan) },
];

/** The balance and the number of movements of a SKU before `round`. */
const balanceBefore = (plan: Plan, round: string): string => {
  const committed = committedBefore(plan, round);
  const held = `(${keptBefore(round)} - ${committed})`;
  return `${SEEDED_UNITS} - units * ${committed} as on_hand, units * ${held} as reserved,
          1 + 2 * (${round} - ${rejectedBefore(round)}) - ${held} as last_seq`;
};

/** Reads the last order of each SKU that moved units: its time is when the level last changed. */
const levels = (plan: Plan): string => `
  insert into stock_level (sku, on_hand, reserved, last_seq, updated_at)
  select ${skuOf(plan, 'slot')}, on_hand, reserved, last_seq,
         ${inventoryTimeOf(`case when round < 0 then ${plan.seededUs}
                                 when outcome = 'HELD' then decided_us else ended_us end`)}
    from (select *, ${balanceBefore(plan, 'rounds')}
            from ${linesOf(ordersOf(plan, lastMovingOrders(plan)))} o) o
  union all
  select ${skuOf(plan, 'slot')}, ${SEEDED_UNITS}, 0, 1, ${inventoryTimeOf(`${plan.seededUs}`)}
    from generate_series(${plan.orderedSkus}::bigint, ${plan.skus - 1}) slot`;

const seeds = (plan: Plan): string => `
  insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                              reserved_after, reason, actor, adjustment_id, occurred_at)
  select sku, 1, 'ADJUSTED', ${SEEDED_UNITS}, 0, ${SEEDED_UNITS}, 0, 'seed', 'inventory',
         'seed-' || sku, ${inventoryTimeOf(`${plan.seededUs}`)}
    from (select ${skuOf(plan, 'slot')} as sku
            from generate_series(0::bigint, ${plan.skus - 1}) slot offset 0) s`;

const reservations = (plan: Plan): string => `
  insert into reservation (id, state, created_at, updated_at)
  select id::text, outcome, ${inventoryTimeOf('decided_us')},
         case when outcome in ('REJECTED', 'HELD') then ${inventoryTimeOf('decided_us')}
              else ${inventoryTimeOf('ended_us')} end
    from ${ordersOf(plan, allOrders(plan))} o`;

const lines = (plan: Plan): string => `
  insert into reservation_line (reservation_id, sku, quantity, available, shortage)
  select id::text, ${skuOf(plan, 'slot')},
         case when short then ${REJECTED_UNITS} else units end,
         case when short then ${SEEDED_UNITS} - units * ${keptBefore('round')} end,
         case when short then 'NOT_ENOUGH' end
    from (select *, outcome = 'REJECTED' and position = 0 as short
            from ${linesOf(ordersOf(plan, allOrders(plan)))} o) o`;

const movements = (plan: Plan): string => `
  insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                              reserved_after, reservation_id, occurred_at)
  select sku, last_seq + nth_of_line, kind, taken, kept, on_hand + taken,
         reserved + case nth_of_line when 1 then units else 0 end, id,
         ${inventoryTimeOf('occurred_us')}
    from (select *, ${skuOf(plan, 'slot')} as sku,
                 ${balanceBefore(plan, 'round')}
            from ${linesOf(ordersOf(plan, allOrders(plan)))} o
           where outcome <> 'REJECTED' offset 0) o
   cross join lateral (values
     (1, 'HELD', 0::bigint, units, decided_us),
     (2, outcome, case outcome when 'COMMITTED' then -units else 0 end, -units, ended_us))
         as m (nth_of_line, kind, taken, kept, occurred_us)
   where nth_of_line = 1 or outcome <> 'HELD'`;
