import type { TestDatabase } from '../harness/databases';

/** Moves the orders of a database, or one of them, into the past with their timelines. */
export const ageOrders = (database: TestDatabase, by: string, id?: string): Promise<unknown> => {
  const where = id === undefined ? '' : ` where id = '${id}'`;
  return database.query(
    `update order_event set occurred_at = occurred_at - interval '${by}'${where.replace('id', 'order_id')};
     update orders set created_at = created_at - interval '${by}',
                       updated_at = updated_at - interval '${by}',
                       accept_by = accept_by - interval '${by}'${where}`,
  );
};
