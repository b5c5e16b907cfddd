import type { RecordedLoad, Sample } from '../harness/load/recorded-load';
import type { ServiceCluster } from '../harness/service-cluster';
import { eventually } from '../harness/wait';

/** Whether the answer says that the order is stored. */
export const isAcknowledged = (status: number): boolean => status === 201 || status === 202;

/** Waits for the first such answer after `upMs`. Returns how long after it that came. */
export const recoveryAfter = async (
  { samples }: RecordedLoad,
  upMs: number,
  {
    isRecovered = isAcknowledged,
    timeoutMs,
  }: { isRecovered?: (status: number) => boolean; timeoutMs?: number } = {},
): Promise<number> => {
  const endOf = ({ startedMs, tookMs }: Sample): number => startedMs + tookMs;
  const first = await eventually(
    'an order is placed again',
    () => samples.find((sample) => isRecovered(sample.status) && endOf(sample) > upMs),
    timeoutMs,
  );
  return endOf(first) - upMs;
};

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
