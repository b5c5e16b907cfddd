/**
 * Computes the outcome of the nth order of a layer. Both databases are filled from it independently, and the balance
 * after each movement is known without the movements before it.
 *
 * Orders are placed in rounds. Each round orders every SKU once, always at the same place of the round. So
 * the orders of a SKU are a round apart in time, and each has ended before the next is placed, unless it
 * is still held. At each place the outcomes repeat in a cycle of 20: one order is rejected, one is
 * released, and the others keep their units.
 */

/** Three orders have four lines: every third order has two. */
const ORDERS_PER_PATTERN = 3;
const LINES_PER_PATTERN = 4;

/** The outcomes of a place repeat after this number of rounds. */
const CYCLE_ROUNDS = 20;
const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;

/** The first stock of each SKU. */
export const SEEDED_UNITS = 900_000;
/** A rejected order asks for more than the stock ever had: the maximum of an item. */
export const REJECTED_UNITS = 1_000_000;
/** An order has one, two or three units of a SKU, always the same number. */
const MOST_UNITS = 3;

/** Rounds in which each SKU is ordered at most. */
const MAX_ROUNDS = SEEDED_UNITS / 2 / MOST_UNITS;

/** A prime: orders that are adjacent in time have distant SKUs. */
const STRIDE = 611_953;

/** A part of a dataset, with SKUs of its own. */
export interface Layer {
  readonly skus: number;
  readonly orders: number;
  /** SKUs and orders of the layers before it. */
  readonly skusBefore: number;
  readonly ordersBefore: number;
  /** Customers of the whole dataset. */
  readonly users: number;
  /** Between these times its orders are placed, in microseconds. */
  readonly beganUs: number;
  readonly endedUs: number;
  /** Of the newest so many of 1,000 orders, those that are neither released nor rejected are still held. */
  readonly heldPerMille: number;
}

export interface Plan extends Layer {
  readonly ordersPerRound: number;
  /** SKUs that are ordered; up to three are not. */
  readonly orderedSkus: number;
  readonly stride: number;
  /** The first order that is still held, unless it was released or rejected. */
  readonly heldFrom: number;
  readonly seededUs: number;
  /** The interval between orders. */
  readonly stepUs: number;
  /** The longest time until an order is fulfilled or released. */
  readonly longestLifeUs: number;
}

/** One statement of a fill. */
export interface Statement {
  readonly table: string;
  readonly sql: string;
}

/** Computes what the statements of a layer need. */
export const planLayer = (layer: Layer): Plan => {
  const { skus, orders, beganUs, endedUs, heldPerMille } = layer;
  const patterns = Math.floor(skus / LINES_PER_PATTERN);
  if (patterns === 0) throw new Error(`A dataset has ${LINES_PER_PATTERN} SKUs or more`);
  const ordersPerRound = patterns * ORDERS_PER_PATTERN;
  const orderedSkus = patterns * LINES_PER_PATTERN;
  if (Math.ceil(orders / ordersPerRound) > MAX_ROUNDS) {
    throw new Error(`${orders} orders of ${skus} SKUs would take more than half of the stock`);
  }
  const stepUs = Math.floor((endedUs - beganUs) / Math.max(orders, 1));
  return {
    ...layer,
    ordersPerRound,
    orderedSkus,
    stride: orderedSkus % STRIDE === 0 ? 1 : STRIDE,
    heldFrom: orders - Math.floor((orders * heldPerMille) / 1_000),
    seededUs: beganUs - DAY_US,
    stepUs,
    longestLifeUs: Math.floor(Math.min(HOUR_US, (ordersPerRound * stepUs) / 2)),
  };
};

/** Returns how many SKUs so many orders need, so that at most half of the stock is taken. */
export const skusFor = (orders: number): number =>
  Math.max(1, Math.ceil(orders / ORDERS_PER_PATTERN / MAX_ROUNDS)) * LINES_PER_PATTERN;

/** The numbers of all orders, generated in the select list one by one. */
export const allOrders = ({ orders, ordersPerRound }: Plan): string => `
  (select nth, nth % ${ordersPerRound} as place, nth / ${ordersPerRound} as round
     from (select generate_series(0::bigint, ${orders - 1}) as nth) n)`;

/** The last order of each place that moved units; a round before the first where no order did. */
export const lastMovingOrders = ({ orders, ordersPerRound }: Plan): string => `
  (select place, rounds, round, place + round * ${ordersPerRound} as nth
     from (select generate_series(0::bigint, ${ordersPerRound - 1}) as place) p
    cross join lateral (
      select (${orders + ordersPerRound - 1} - place) / ${ordersPerRound} as rounds) r
    cross join lateral (
      select rounds - case (place + rounds - 1) % ${CYCLE_ROUNDS} when 0 then 2 else 1 end as round)
        l)`;

/**
 * The outcome of the orders of `source`, which is the state of their reservation, and their times in
 * microseconds. Their id is a UUIDv7 of the time of the order, the same in both databases. `offset 0`
 * keeps Postgres from computing these columns again wherever they are used.
 */
export const ordersOf = (plan: Plan, source: string): string => `
  (select *, (lpad(to_hex(placed_us / 1000), 12, '0') || '7' || substr(hash, 1, 3)
                || '8' || substr(hash, 4, 15))::uuid as id,
          case when (place + round) % ${CYCLE_ROUNDS} = 0 then 'REJECTED'
               when (place + round) % ${CYCLE_ROUNDS} = 1 then 'RELEASED'
               when nth >= ${plan.heldFrom} then 'HELD' else 'COMMITTED' end as outcome,
          placed_us + 5000 as decided_us,
          placed_us + 20000 + life_us as ending_us, placed_us + 26000 + life_us as ended_us
     from (select *, md5((nth + ${plan.ordersBefore})::text) as hash, ${plan.beganUs} + nth * ${plan.stepUs} as placed_us,
                  nth * 7919 % 1000 * ${plan.longestLifeUs} / 1000 as life_us
             from ${source} n offset 0) o
   offset 0)`;

export const timeOf = (us: string): string => `to_timestamp(${us} / 1e6::float8)`;

/** Inventory records milliseconds, slightly earlier than Orders gets the answer. */
export const inventoryTimeOf = (us: string): string =>
  `to_timestamp((${us} / 1000 - 1) / 1e3::float8)`;

/** The lines of each order: their position in it and the slot of their SKU. */
export const linesOf = (orders: string): string => `
  (select o.*, position, slot, 1 + slot % ${MOST_UNITS} as units
     from (select *, place / ${ORDERS_PER_PATTERN} * ${LINES_PER_PATTERN}
                       + place % ${ORDERS_PER_PATTERN} as first_slot
             from ${orders} o) o
    cross join lateral (
      select generate_series(0, case place % ${ORDERS_PER_PATTERN} when 2 then 1 else 0 end)
        as position) p
    cross join lateral (select first_slot + position as slot) s)`;

/** The name of the SKU of a slot. */
export const skuOf = ({ orderedSkus, stride, skusBefore }: Plan, slot: string): string =>
  `'sku-' || case when ${slot} < ${orderedSkus} then ${slot} * ${stride} % ${orderedSkus}
                  else ${slot} end + ${skusBefore + 1}`;

/** The number of orders of a place before `round` with one of the first outcomes of the cycle. */
const outcomesBefore = (outcomes: number, round: string): string => {
  const until = (count: string) =>
    `(${count}) / ${CYCLE_ROUNDS} * ${outcomes} + least((${count}) % ${CYCLE_ROUNDS}, ${outcomes})`;
  const first = `place % ${CYCLE_ROUNDS}`;
  return `(${until(`${first} + ${round}`)} - least(${first}, ${outcomes}))`;
};

export const rejectedBefore = (round: string): string => outcomesBefore(1, round);

/** The number of orders of a place before `round` whose units were kept or committed. */
export const keptBefore = (round: string): string => `(${round} - ${outcomesBefore(2, round)})`;

/** The first round of a place whose order may still be held. */
const firstHeldRound = ({ heldFrom, ordersPerRound }: Plan): string =>
  `(${heldFrom + ordersPerRound - 1} - place) / ${ordersPerRound}`;

export const committedBefore = (plan: Plan, round: string): string =>
  keptBefore(`least(${round}, ${firstHeldRound(plan)})`);
