import type { TestDatabase } from './databases';

/** Moves everything about an order into the past, as if the time had passed. */
export const makeOrderEarlier = async (
  database: TestDatabase,
  id: string,
  interval: string,
): Promise<void> => {
  await database.query(
    `update orders set created_at = created_at - $2::interval, updated_at = updated_at - $2::interval,
                       accept_by = accept_by - $2::interval where id = $1`,
    [id, interval],
  );
  await database.query(
    'update order_event set occurred_at = occurred_at - $2::interval where order_id = $1',
    [id, interval],
  );
};
