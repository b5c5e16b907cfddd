import type { TestDatabase } from '../harness/databases';

/** Orders in all, and where the distributions change, as parts of it from the oldest to the newest. */
const ORDERS = 200_000;
const UNTIL = { formerly: 0.5, confirmed: 0.95 } as const;

/** Values with known distributions. */
export const SKEWED = {
  /**
   * SKUs: in each order of the older half, in each of the newest twentieth, in five orders, in none, and
   * in each fourth order of the older half, only one of which, an old one, is of the customer `former`.
   */
  skus: ['formerly', 'now', 'rare', 'unknown', 'odd'],
  /** Customers: of each second order in the older half, of five orders, of none. */
  users: ['former', 'seldom', 'nobody'],
  /** Of each fifth order in the older half. */
  externalId: 'batch',
  statuses: ['FULFILLED', 'CONFIRMED', 'CANCELLED', 'PENDING', 'FULFILLING'],
} as const;

const idOf = (nth: string): string =>
  `(lpad(to_hex(1760000000000 + ${nth} * 1000), 12, '0') || '7000' || '8000'
     || lpad(to_hex(${nth}), 12, '0'))::uuid`;

/** SQL for the time in the id of the order with this number. */
const timeOf = (nth: string): string => `to_timestamp((1760000000000 + ${nth} * 1000) / 1000.0)`;

/**
 * An order in the middle of all, with its times. Each tenth order of the older half was changed after the
 * others, and all others when they were created.
 */
export const MIDDLE = `
  select id, created_at as "createdAt", updated_at as "updatedAt"
    from orders order by id offset ${ORDERS / 2 - 1} limit 1`;

/** Inserts orders as sales are: what was popular is so no longer, and most orders are finished. */
export const insertSkewedOrders = async (database: TestDatabase): Promise<void> => {
  const client = await database.connect();
  // Foreign keys are not checked: that takes longer than all the rest.
  await client.query('set session_replication_role = replica');
  await client.query(
    `insert into orders (id, user_id, status, cancel_reason, next_attempt_at, parked_at, last_seq,
                         created_at, updated_at, external_id)
     select ${idOf('nth')},
            case when nth % 40000 = 7 then 'seldom'
                 when nth = 101 then 'former'
                 when nth % 2 = 0 and nth < ${ORDERS * UNTIL.formerly} then 'former'
                 else 'user-' || nth % 5000 end,
            status, case status when 'CANCELLED' then 'REQUESTED' end,
            case status when 'PENDING' then now() end,
            case status when 'FULFILLING' then now() end, 1, ${timeOf('nth')},
            case when nth % 10 = 0 and nth <= ${ORDERS * UNTIL.formerly}
                 then ${timeOf(`(nth + ${ORDERS})`)} else ${timeOf('nth')} end,
            case when nth % 5 = 0 and nth < ${ORDERS * UNTIL.formerly} then 'batch' end
       from (select nth, case when nth % 19 = 0 then 'CANCELLED'
                              when nth % 20001 = 1 then 'PENDING'
                              when nth % 10001 = 2 then 'FULFILLING'
                              when nth >= ${ORDERS * UNTIL.confirmed} then 'CONFIRMED'
                              else 'FULFILLED' end as status
               from generate_series(1, ${ORDERS}) nth) n`,
  );
  await client.query(
    `insert into order_item (order_id, position, sku, quantity)
     select ${idOf('nth')}, position,
            case when position = 1 and nth % 4 = 0 then 'sku-' || nth % 1000
                 when position = 1 then 'odd'
                 when nth % 40000 = 7 then 'rare'
                 when nth < ${ORDERS * UNTIL.formerly} then 'formerly'
                 when nth >= ${ORDERS * UNTIL.confirmed} then 'now'
                 else 'sku-' || nth % 1000 end, 1
       from generate_series(1, ${ORDERS}) nth
      cross join generate_series(0, 1) position
      where position = 0 or nth % 4 = 0
         or nth % 4 = 1 and nth < ${ORDERS * UNTIL.formerly}`,
  );
  await client.query('analyze orders, order_item');
};
