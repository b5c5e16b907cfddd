import type { TestDatabase } from '../harness/databases';

/** SQL that moves all orders, or one of them, into the past with their timelines. */
export const ageSql = (by: string, id?: string): string => {
  const back = (time: string): string => `${time} = ${time} - interval '${by}'`;
  const only = (key: string): string => (id === undefined ? '' : ` where ${key} = '${id}'`);
  return `
    update order_event set ${back('occurred_at')}${only('order_id')};
    update orders set ${['created_at', 'updated_at', 'accept_by'].map(back).join(', ')}${only('id')}`;
};

/** Moves the orders of a database, or one of them, into the past with their timelines. */
export const ageOrders = (database: TestDatabase, by: string, id?: string): Promise<unknown> =>
  database.query(ageSql(by, id));
