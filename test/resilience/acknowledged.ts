import type { Sample } from '../harness/load/recorded-load';
import type { ServiceCluster } from '../harness/service-cluster';

/** Whether the answer says that the order is stored. */
export const isAcknowledged = (status: number): boolean => status === 201 || status === 202;

/** Returns the number of acknowledged orders that are not in the database. */
export const countLost = async (
  { ordersDatabase }: ServiceCluster,
  samples: readonly Sample[],
): Promise<number> => {
  const ids = samples.flatMap(({ id, status }) =>
    id !== undefined && isAcknowledged(status) ? [id] : [],
  );
  const [row] = await ordersDatabase.query<{ lost: number }>(
    `select count(*)::int as lost from unnest($1::uuid[]) as acknowledged (id)
      where not exists (select from orders o where o.id = acknowledged.id)`,
    [ids],
  );
  return row?.lost ?? Number.NaN;
};
