import type { TestDatabase } from '../test/harness/databases';
import { times } from '../test/harness/wait';

/** Of each SKU that is not to run out. */
export const PLENTY = 100_000_000;

export const HOT = ['hot'] as const;
export const MANY: readonly string[] = times(10_000, (index) => `sku-${index}`);

/** As `givenStock` of the tests, for many SKUs in one statement. */
export const giveStock = async (
  database: TestDatabase,
  skus: readonly string[],
  units = PLENTY,
): Promise<void> => {
  await database.query(
    `with now as (select date_trunc('milliseconds', clock_timestamp()) as now),
     given as (select sku, now from unnest($1::text[]) as sku, now),
     level as (
       insert into stock_level (sku, on_hand, reserved, last_seq, updated_at)
       select sku, $2, 0, 1, now from given)
     insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                 reserved_after, adjustment_id, reason, actor, occurred_at)
     select sku, 1, 'ADJUSTED', $2, 0, $2, 0, 'given-' || sku, 'accepted', 'bench', now from given`,
    [skus, units],
  );
};

/** Units that can still be had of these SKUs in Inventory. */
export const unitsLeft = (database: TestDatabase, skus: readonly string[]): Promise<number> =>
  sumOf(
    database,
    `select sum(on_hand - reserved) as sum from stock_level where sku = any($1)`,
    skus,
  );

/** Units that can still be had of a `tutorial-inventory`. */
export const availableUnitsOfBaseline = (
  database: TestDatabase,
  skus: readonly string[],
): Promise<number> =>
  sumOf(database, `select sum(available) as sum from stock where sku = any($1)`, skus);

const sumOf = async (
  database: TestDatabase,
  sql: string,
  skus: readonly string[],
): Promise<number> => {
  const [row] = await database.query<{ sum: string }>(sql, [skus]);
  return Number(row?.sum);
};
