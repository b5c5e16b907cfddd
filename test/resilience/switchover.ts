import { setTimeout as sleep } from 'node:timers/promises';
import { cloneDatabases } from '../harness/cluster-network';
import { atMost, type Figure, formatNumber, measured, zero } from '../harness/figures';
import { countOf, RecordedLoad } from '../harness/load/recorded-load';
import type { RestartablePostgres } from '../harness/postgres';
import type { SwitchoverKind } from '../harness/replicated-postgres';
import { times } from '../harness/wait';
import type { Log } from '../../tools/tool';
import { countLost, isAcknowledged, recoveryAfter } from './acknowledged';
import { SKUS, startCluster, verifyAndStop } from './scenario';

const CLIENTS = 16;
const KINDS: readonly SwitchoverKind[] = ['stopped', 'crashed', 'fenced'];
const LOAD_BETWEEN_MS = 1_000;

const isConfirmed = (status: number): boolean => status === 201;

/**
 * The primary of both databases is stopped, killed or made read-only in turn, and its synchronous standby is
 * promoted. The services know both servers by their URLs.
 */
export const switchovers = async (
  log: Log,
  server: RestartablePostgres,
  count = 20,
): Promise<Figure[]> => {
  const databases = await cloneDatabases();
  const pair = await server.addStandby();
  const cluster = await startCluster({
    databases,
    env: {
      ORDERS_DATABASE_URL: pair.urlOf(databases.orders.url),
      INVENTORY_DATABASE_URL: pair.urlOf(databases.inventory.url),
    },
  });
  const { address } = cluster.orders;
  const load = RecordedLoad.start('switchover', {
    clients: CLIENTS,
    skus: SKUS,
    to: () => address,
  });
  const recoveryMs: number[] = [];
  for (const round of times(count, (index) => index)) {
    await sleep(LOAD_BETWEEN_MS);
    const former = pair.currentPrimary;
    const kind = KINDS[round % KINDS.length] ?? 'stopped';
    const upMs = await pair.switchOver(kind);
    recoveryMs.push(
      await recoveryAfter(load, upMs, { isRecovered: isConfirmed, timeoutMs: 30_000 }),
    );
    log(`switchover: ${round + 1} of ${count}: ${kind}, ${Math.round(recoveryMs.at(-1) ?? 0)} ms`);
    await sleep(LOAD_BETWEEN_MS);
    await pair.discard(former);
    await pair.buildStandby();
  }
  const samples = await load.stop();
  await cluster.awaitQuiescence();
  const figures = [
    measured('switchovers', formatNumber(count)),
    measured('orders acknowledged', formatNumber(countOf(samples, isAcknowledged))),
    zero('acknowledged orders lost', await countLost(cluster, samples)),
    atMost(
      'first CONFIRMED after it takes writes, the slowest',
      Math.max(...recoveryMs),
      2_000,
      'ms',
    ),
    await verifyAndStop(cluster),
  ];
  await pair.stop();
  return figures;
};
