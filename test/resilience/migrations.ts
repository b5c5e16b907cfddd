import { setTimeout as sleep } from 'node:timers/promises';
import { touchOrders } from '../harness/blocked-migration';
import { atMost, type Figure, formatNumber, measured, percentile, zero } from '../harness/figures';
import { countOf, durationsOf, RecordedLoad, type Sample } from '../harness/load/recorded-load';
import type { ServiceCluster } from '../harness/service-cluster';
import type { Log } from '../../tools/tool';
import { SKUS, startCluster, verifyAndStop } from './scenario';

const CLIENTS = 16;
const NORMAL_MS = 4_000;
const BLOCKED_MS = 20_000;
/** A wait of the migration for its lock, and an order behind it. */
const MAX_LATENCY_MS = 1_000;

interface Round {
  readonly normal: readonly Sample[];
  readonly blocked: readonly Sample[];
  readonly all: readonly Sample[];
  /** From the end of the reader to the end of the migration. */
  readonly finishMs: number;
}

/** A migration that needs an exclusive lock starts while a reader, like pg_dump, has a transaction open. */
const runRound = async (cluster: ServiceCluster, log: Log): Promise<Round> => {
  const { orders, ordersDatabase: database } = cluster;
  const load = RecordedLoad.start('migration', {
    clients: CLIENTS,
    skus: SKUS,
    to: () => orders.address,
  });
  const startMs = performance.now();
  await sleep(NORMAL_MS);
  const reader = await database.connect();
  await reader.query('begin');
  await reader.query('select from orders limit 1');
  log('migration: it starts behind a reader');
  const beganMs = performance.now();
  const migrated = touchOrders(database.ownerUrl);
  await sleep(BLOCKED_MS);
  const endedMs = performance.now();
  await reader.query('commit');
  const [name] = await migrated;
  const finishMs = performance.now() - endedMs;
  log('migration: it has finished');
  await sleep(1_000);
  const all = await load.stop();
  // Otherwise the database looks like one of a later version.
  await database.query('delete from migration where name = $1', [name]);
  return {
    // The first second warms up.
    normal: load.between(startMs + 1_000, beganMs),
    blocked: load.between(beganMs, endedMs),
    all,
    finishMs,
  };
};

/** Orders under load while a reader blocks a migration for 20 s. */
export const migrationUnderReader = async (log: Log): Promise<Figure[]> => {
  const cluster = await startCluster();
  const { normal, blocked, all, finishMs } = await runRound(cluster, log);
  const p99 = (samples: readonly Sample[]) => percentile(durationsOf(samples), 0.99);
  return [
    measured('orders placed', formatNumber(all.length)),
    measured('p99 before the migration', `${formatNumber(p99(normal))} ms`),
    measured('p99 while it is blocked', `${formatNumber(p99(blocked))} ms`),
    atMost('slowest order', Math.max(...durationsOf(all)), MAX_LATENCY_MS, 'ms'),
    zero(
      'answers of 5xx and lost answers',
      countOf(all, (status) => status === 0 || status >= 500),
    ),
    atMost('migration after the reader has ended', finishMs, 6_000, 'ms'),
    await verifyAndStop(cluster),
  ];
};
