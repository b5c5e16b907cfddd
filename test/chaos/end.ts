import { setTimeout as sleep } from 'node:timers/promises';
import { queryAt } from './cluster';
import { verifyAll } from './cross-check';
import type { Fleet } from './fleet';
import type { ClientRecord } from './record';

/** An order has 30 s to be decided, and what follows is retried within seconds. */
const SETTLED_WITHIN_MS = 90_000;
const POLL_INTERVAL_MS = 500;

/** Waits until the system is at rest by itself, and then compares everything with everything. */
export const healAndVerify = async (
  fleet: Fleet,
  record: ClientRecord,
  say: (line: string) => void,
): Promise<void> => {
  await fleet.heal();
  const startedMs = performance.now();
  while ((await unfinishedIn(fleet)) > 0) {
    if (performance.now() - startedMs > SETTLED_WITHIN_MS) break;
    await sleep(POLL_INTERVAL_MS);
  }
  say(`At rest after ${((performance.now() - startedMs) / 1_000).toFixed(1)} s. Comparing.`);
  await verifyAll(record, fleet.databases);
};

const unfinishedIn = async ({ databases }: Fleet): Promise<number> => {
  const [row] = await queryAt<{ count: string }>(
    databases.ordersUrl,
    `select count(*) from orders where status in ('PENDING', 'CANCELLING', 'FULFILLING')`,
  );
  return Number(row?.count);
};
