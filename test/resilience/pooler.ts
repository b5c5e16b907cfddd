import { setTimeout as sleep } from 'node:timers/promises';
import { cloneDatabases } from '../harness/cluster-network';
import { atMost, type Figure, formatNumber, measured, percentile, zero } from '../harness/figures';
import { countOf, durationsOf, RecordedLoad } from '../harness/load/recorded-load';
import { PgBouncer } from '../harness/pgbouncer';
import type { RestartablePostgres } from '../harness/postgres';
import { TcpProxy } from '../harness/tcp-proxy';
import { eventually, times } from '../harness/wait';
import { findFreePort } from '../../tools/ports';
import type { Log } from '../../tools/tool';
import { countLost, isAcknowledged, recoveryAfter } from './acknowledged';
import { SKUS, startCluster, verifyAndStop } from './scenario';

const CLIENTS = 16;
const NORMAL_MS = 5_000;
const ORDERS_BEFORE = 500;

/**
 * PgBouncer in transaction mode is put in front of both databases while the services run, then killed and
 * started again several times.
 */
export const throughPgBouncer = async (
  log: Log,
  server: RestartablePostgres,
  restarts = 10,
): Promise<Figure[]> => {
  if (!PgBouncer.isInstalled()) return [measured('NOT RUN', 'PgBouncer is not installed')];
  const databases = await cloneDatabases();
  const urls = [databases.orders.url, databases.inventory.url];
  const direct = await TcpProxy.before(server.port, await findFreePort());
  const through = (url: string) => Object.assign(new URL(url), { port: String(direct.port) }).href;
  const cluster = await startCluster({
    databases,
    env: {
      ORDERS_DATABASE_URL: through(databases.orders.url),
      INVENTORY_DATABASE_URL: through(databases.inventory.url),
    },
  });
  const { address } = cluster.orders;
  const load = RecordedLoad.start('pooler', { clients: CLIENTS, skus: SKUS, to: () => address });
  await eventually('orders are placed without a pooler', () => load.samples.length > ORDERS_BEFORE);
  await direct.close();
  const pooler = await PgBouncer.start({ port: server.port, urls, listenPort: direct.port });
  const appearedMs = await recoveryAfter(load, performance.now());
  const first = load.samples.length;
  await sleep(NORMAL_MS);
  const normal = load.samples.slice(first);
  const recoveryMs: number[] = [];
  for (const round of times(restarts, (index) => index + 1)) {
    await pooler.restart();
    const upMs = performance.now();
    recoveryMs.push(await recoveryAfter(load, upMs));
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
    atMost('first success after PgBouncer appeared', appearedMs, 1_000, 'ms'),
    measured('restarts of PgBouncer', formatNumber(restarts)),
    zero('acknowledged orders lost', await countLost(cluster, samples)),
    atMost('first success after it is up, the slowest', Math.max(...recoveryMs), 1_000, 'ms'),
    await verifyAndStop(cluster),
  ];
  await pooler.stop();
  return figures;
};
