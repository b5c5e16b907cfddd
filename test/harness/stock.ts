import type { TestDatabase } from './databases';

/**
 * Inserts stock levels with the movements that explain them. Their time has milliseconds, as the
 * service's times have: a movement within the same millisecond would otherwise seem to be earlier.
 */
export const givenStock = async (
  database: Pick<TestDatabase, 'query'>,
  skus: string | readonly string[],
  onHand: number,
): Promise<void> => {
  await database.query(
    `with now as (select date_trunc('milliseconds', clock_timestamp()) as now),
     given as (select sku, now from unnest($1::text[]) as sku, now),
     level as (
       insert into stock_level (sku, on_hand, reserved, last_seq, updated_at)
       select sku, $2, 0, 1, now from given)
     insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                                 reserved_after, adjustment_id, reason, actor, occurred_at)
     select sku, 1, 'ADJUSTED', $2, 0, $2, 0, 'given-' || sku, 'given', 'test', now from given`,
    [[skus].flat(), onHand],
  );
};

/** Returns the units of these SKUs that a new order can take. */
export const availableUnits = async (
  database: Pick<TestDatabase, 'query'>,
  skus: readonly string[],
): Promise<number> => {
  const [row] = await database.query<{ units: string }>(
    'select sum(on_hand - reserved) as units from stock_level where sku = any($1)',
    [skus],
  );
  return Number(row?.units);
};
