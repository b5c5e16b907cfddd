import type { QueryRunner } from 'typeorm';
import { hasCode } from '@app/postgres';

const MAX_KEYS = 20;
/** Of all these keys together. */
const MAX_ORDERS = 200;
const UNIQUE_VIOLATION = '23505';

interface DuplicateOrder {
  readonly userId: string;
  readonly key: string;
  readonly keys: number;
  readonly id: string;
  readonly status: string;
  readonly createdAt: Date;
}

/** The order that a customer most likely relies on comes first: shipped, then held, then the oldest. */
const FIND = `
  with duplicated as (
    select user_id collate "C" as user_id, idempotency_key collate "C" as key,
           count(*) over () as keys
      from orders where idempotency_key is not null
     group by 1, 2 having count(*) > 1 order by 1, 2 limit ${MAX_KEYS})
  select d.user_id as "userId", d.key, d.keys::int, o.id, o.status, o.created_at as "createdAt"
    from duplicated d
    join orders o on o.user_id collate "C" = d.user_id and o.idempotency_key collate "C" = d.key
   order by d.user_id, d.key,
            array_position(array['FULFILLED', 'FULFILLING', 'CONFIRMED', 'PENDING', 'CANCELLING',
                                 'CANCELLED'], o.status::text),
            o.created_at, o.id
   limit ${MAX_ORDERS}`;

/** Reads the table and no index: the index that should have prevented duplicates may be damaged. */
const findDuplicates = async (runner: QueryRunner): Promise<DuplicateOrder[]> => {
  await runner.startTransaction();
  try {
    for (const path of ['indexscan', 'indexonlyscan', 'bitmapscan']) {
      await runner.query(`set local enable_${path} = off`);
    }
    return (await runner.query(FIND)) as DuplicateOrder[];
  } finally {
    await runner.rollbackTransaction();
  }
};

type Action = 'keep' | 'cancel' | 'only remove the key';

const actionFor = ({ status }: DuplicateOrder, isFirst: boolean): Action => {
  if (isFirst) return 'keep';
  return ['PENDING', 'CONFIRMED'].includes(status) ? 'cancel' : 'only remove the key';
};

const reportOf = (orders: readonly DuplicateOrder[]): string => {
  const planned = orders.map((order, index) => {
    const before = orders[index - 1];
    const isFirst = before?.userId !== order.userId || before.key !== order.key;
    return { ...order, isFirst, action: actionFor(order, isFirst) };
  });
  const lines = planned.flatMap(({ isFirst, userId, key, id, status, createdAt, action }) => [
    ...(isFirst ? [`  user ${JSON.stringify(userId)}, key ${JSON.stringify(key)}:`] : []),
    `    ${id}  ${status}  ${createdAt.toISOString()}  ${action}`,
  ]);
  const cancelled = planned.filter(({ action }) => action === 'cancel');
  const others = planned.filter(({ action }) => action !== 'keep').map(({ id }) => `'${id}'`);
  return [
    `${orders[0]?.keys ?? 0} idempotency keys have more than one order. The first ${MAX_KEYS}:`,
    ...lines,
    'The index that keeps the keys unique was damaged, probably because the sort order of text has',
    'changed with a system library. No order was changed. Ask the customers if another order than',
    'the proposed one should be kept. First remove the keys of the others, in the database of Orders:',
    `  update orders set idempotency_key = null where id in (${others.join(', ')});`,
    'Then migrate again, and cancel those that are not final as soon as Orders runs:',
    ...cancelled.map(({ id }) => `  curl -X POST http://127.0.0.1:8080/v1/orders/${id}/cancel`),
  ].join('\n');
};

const throwIfDuplicated = async (runner: QueryRunner): Promise<void> => {
  const orders = await findDuplicates(runner);
  if (orders.length > 0) throw new Error(reportOf(orders));
};

/**
 * Runs `createIndexes`. Throws a report of the keys that belong to several orders, and of how to
 * resolve them, if there are any before, or if the unique index meets one.
 */
export const rejectDuplicateKeys = async (
  runner: QueryRunner,
  createIndexes: () => Promise<void>,
): Promise<void> => {
  await throwIfDuplicated(runner);
  try {
    await createIndexes();
  } catch (error) {
    if (hasCode(error, UNIQUE_VIOLATION)) await throwIfDuplicated(runner);
    throw error;
  }
};
