/**
 * What has become of the nth order, as arithmetic: both databases are filled by it without knowing of
 * each other, and each movement's balance is known without a look at the movements before it.
 *
 * Orders are placed in rounds, in each of which every SKU is wanted once, always by the order at the
 * same place of the round. So a SKU's orders are a round apart in time, and one of them has ended
 * before the next is placed, unless it is still held. At each place the fates come in a cycle of 20:
 * one order is rejected, one is released, and the others keep their units.
 */

/** Three orders have four lines: every third has two. */
const ORDERS_PER_PATTERN = 3;
const LINES_PER_PATTERN = 4;

/** The fates of a place repeat after so many rounds. */
const CYCLE_ROUNDS = 20;
/** Of 1,000 orders the 55 newest are not fulfilled yet: 50 are held, and 5 came to nothing. */
const HELD_PER_MILLE = 55;

const DATASET_DAYS = 90;
const HOUR_US = 3_600_000_000;
const DAY_US = 24 * HOUR_US;

export const ORDERS_PER_USER = 50;
/** So many of each SKU to begin with. */
export const SEEDED_UNITS = 900_000;
/** A rejected order asks for more than there has ever been: the most that an item can be. */
export const REJECTED_UNITS = 1_000_000;
/** One, two or three units, always the same of a SKU. */
const MOST_UNITS = 3;

/** A prime, by which neighbours in time are far apart among the SKUs. */
const STRIDE = 611_953;

export interface DatasetSize {
  readonly skus: number;
  readonly orders: number;
}

export interface Plan extends DatasetSize {
  readonly ordersPerRound: number;
  /** SKUs that are ordered; up to three are left over. */
  readonly orderedSkus: number;
  readonly stride: number;
  /** The first order that is still held, unless it was given up. */
  readonly heldFrom: number;
  readonly seededUs: number;
  /** When the first order was placed, and how long after each the next one was. */
  readonly beganUs: number;
  readonly stepUs: number;
  /** How long at most it took until an order was fulfilled or given up. */
  readonly longestLifeUs: number;
}

/** One statement of a fill. */
export interface Statement {
  readonly table: string;
  readonly sql: string;
}

/** The SKUs of a dataset are `sku-1` to `sku-<skus>`. */
export const skuName = (nth: number): string => `sku-${nth}`;

export const planDataset = ({ skus, orders }: DatasetSize, nowMs: number): Plan => {
  const patterns = Math.floor(skus / LINES_PER_PATTERN);
  if (patterns === 0) throw new Error(`A dataset has ${LINES_PER_PATTERN} SKUs or more`);
  const ordersPerRound = patterns * ORDERS_PER_PATTERN;
  const orderedSkus = patterns * LINES_PER_PATTERN;
  if (MOST_UNITS * Math.ceil(orders / ordersPerRound) > SEEDED_UNITS / 2) {
    throw new Error(`${orders} orders of ${skus} SKUs would take more than half of the stock`);
  }
  const stepUs = Math.floor((DATASET_DAYS * DAY_US) / Math.max(orders, 1));
  // The last one has come to its end by now as well.
  const endedUs = nowMs * 1_000 - 2 * HOUR_US;
  const beganUs = endedUs - orders * stepUs;
  return {
    skus,
    orders,
    ordersPerRound,
    orderedSkus,
    stride: orderedSkus % STRIDE === 0 ? 1 : STRIDE,
    heldFrom: orders - Math.floor((orders * HELD_PER_MILLE) / 1_000),
    seededUs: beganUs - DAY_US,
    beganUs,
    stepUs,
    longestLifeUs: Math.floor(Math.min(HOUR_US, (ordersPerRound * stepUs) / 2)),
  };
};

/** All orders' numbers, in the select list, where they are made one by one. */
export const allOrders = ({ orders, ordersPerRound }: Plan): string => `
  (select nth, nth % ${ordersPerRound} as place, nth / ${ordersPerRound} as round
     from (select generate_series(0::bigint, ${orders - 1}) as nth) n)`;

/** Of each place the last order that moved anything, in a round before the first where none did. */
export const lastMovingOrders = ({ orders, ordersPerRound }: Plan): string => `
  (select place, rounds, round, place + round * ${ordersPerRound} as nth
     from (select generate_series(0::bigint, ${ordersPerRound - 1}) as place) p
    cross join lateral (
      select (${orders + ordersPerRound - 1} - place) / ${ordersPerRound} as rounds) r
    cross join lateral (
      select rounds - case (place + rounds - 1) % ${CYCLE_ROUNDS} when 0 then 2 else 1 end as round)
        l)`;

/**
 * What became of the orders of `source`: their fate, which is the state of their reservation, and
 * their times in microseconds. Their id is a UUIDv7 of the time that they were placed, the same in
 * both databases. Not merged into what reads it, or all of it would be worked out wherever it is used.
 */
export const ordersOf = (plan: Plan, source: string): string => `
  (select *, (lpad(to_hex(placed_us / 1000), 12, '0') || '7' || substr(hash, 1, 3)
                || '8' || substr(hash, 4, 15))::uuid as id,
          case when (place + round) % ${CYCLE_ROUNDS} = 0 then 'REJECTED'
               when (place + round) % ${CYCLE_ROUNDS} = 1 then 'RELEASED'
               when nth >= ${plan.heldFrom} then 'HELD' else 'COMMITTED' end as fate,
          placed_us + 5000 as decided_us,
          placed_us + 20000 + life_us as ending_us, placed_us + 26000 + life_us as ended_us
     from (select *, md5(nth::text) as hash, ${plan.beganUs} + nth * ${plan.stepUs} as placed_us,
                  nth * 7919 % 1000 * ${plan.longestLifeUs} / 1000 as life_us
             from ${source} n offset 0) o
   offset 0)`;

export const timeOf = (us: string): string => `to_timestamp(${us} / 1e6::float8)`;

/** Inventory reads its clock in milliseconds, somewhat before Orders hears of it. */
export const inventoryTimeOf = (us: string): string =>
  `to_timestamp((${us} / 1000 - 1) / 1e3::float8)`;

/** Returns SQL for the lines of `orders`: their position in the order, and the slot of their SKU. */
export const linesOf = (orders: string): string => `
  (select o.*, position, slot, 1 + slot % ${MOST_UNITS} as units
     from (select *, place / ${ORDERS_PER_PATTERN} * ${LINES_PER_PATTERN}
                       + place % ${ORDERS_PER_PATTERN} as first_slot
             from ${orders} o) o
    cross join lateral (
      select generate_series(0, case place % ${ORDERS_PER_PATTERN} when 2 then 1 else 0 end)
        as position) p
    cross join lateral (select first_slot + position as slot) s)`;

/** The name of the SKU in a slot. */
export const skuOf = ({ orderedSkus, stride }: Plan, slot: string): string =>
  `'sku-' || case when ${slot} < ${orderedSkus} then ${slot} * ${stride} % ${orderedSkus}
                  else ${slot} end + 1`;

/** How many of a place's orders before `round` have one of the first `fates` fates of the cycle. */
const fatesBefore = (fates: number, round: string): string => {
  const until = (count: string) =>
    `(${count}) / ${CYCLE_ROUNDS} * ${fates} + least((${count}) % ${CYCLE_ROUNDS}, ${fates})`;
  const first = `place % ${CYCLE_ROUNDS}`;
  return `(${until(`${first} + ${round}`)} - least(${first}, ${fates}))`;
};

export const rejectedBefore = (round: string): string => fatesBefore(1, round);

/** How many of a place's orders before `round` have, or had until they took them, units kept. */
export const keptBefore = (round: string): string => `(${round} - ${fatesBefore(2, round)})`;

/** The first round of a place whose order is among those that are still held. */
const firstHeldRound = ({ heldFrom, ordersPerRound }: Plan): string =>
  `(${heldFrom + ordersPerRound - 1} - place) / ${ordersPerRound}`;

export const committedBefore = (plan: Plan, round: string): string =>
  keptBefore(`least(${round}, ${firstHeldRound(plan)})`);
