import { setTimeout as sleep } from 'node:timers/promises';
import { cloneDatabases } from '../harness/cluster-network';
import { atMost, type Figure, formatNumber, measured, percentile, zero } from '../harness/figures';
import { countOf, durationsOf, RecordedLoad } from '../harness/load/recorded-load';
import { PgBouncer } from '../harness/pgbouncer';
import type { RestartablePostgres } from '../harness/postgres';
import { eventually, times } from '../harness/wait';
import type { Log } from '../../tools/tool';
import { countLost, isAcknowledged } from './acknowledged';
import { SKUS, startCluster, verifyAndStop } from './scenario';

const CLIENTS = 16;
const NORMAL_MS = 5_000;

/** Both services work through PgBouncer in transaction mode, which is killed and started again. */
export const throughPgBouncer = async (
  log: Log,
  server: RestartablePostgres,
  restarts = 10,
): Promise<Figure[]> => {
  if (!PgBouncer.isInstalled()) return [measured('NOT RUN', 'PgBouncer is not installed')];
  const databases = await cloneDatabases();
  const logins = [databases.orders.url, databases.inventory.url].map((url) => {
    const { username, password } = new URL(url);
    return { user: username, password };
  });
  const pooler = await PgBouncer.start({ port: server.port, logins });
  const cluster = await startCluster({
    databases,
    env: {
      ORDERS_DATABASE_URL: pooler.through(databases.orders.url),
      INVENTORY_DATABASE_URL: pooler.through(databases.inventory.url),
    },
  });
  const { address } = cluster.orders;
  const load = RecordedLoad.start('pooler', { clients: CLIENTS, skus: SKUS, to: () => address });
  await sleep(NORMAL_MS);
  const normal = [...load.samples];
  const recoveryMs: number[] = [];
  for (const round of times(restarts, (index) => index + 1)) {
    await pooler.restart();
    const upMs = performance.now();
    const first = await eventually('an order is placed again', () =>
      load.samples.find(
        ({ status, startedMs, tookMs }) => isAcknowledged(status) && startedMs + tookMs > upMs,
      ),
    );
    recoveryMs.push(first.startedMs + first.tookMs - upMs);
    log(`pooler: ${round} of ${restarts} restarts`);
    await sleep(500);
  }
  const samples = await load.stop();
  await cluster.awaitQuiescence();
  const figures = [
    measured('orders acknowledged', formatNumber(countOf(samples, isAcknowledged))),
    measured(
      'p99 before the restarts',
      `${formatNumber(percentile(durationsOf(normal), 0.99))} ms`,
    ),
    zero(
      'failures before the restarts',
      countOf(normal, (status) => !isAcknowledged(status)),
    ),
    measured('restarts of PgBouncer', formatNumber(restarts)),
    zero('acknowledged orders lost', await countLost(cluster, samples)),
    atMost('first success after it is up, the slowest', Math.max(...recoveryMs), 1_000, 'ms'),
    await verifyAndStop(cluster),
  ];
  await pooler.stop();
  return figures;
};
