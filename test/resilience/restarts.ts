import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Figure, formatNumber, measured, zero } from '../harness/figures';
import { countOf, RecordedLoad } from '../harness/load/recorded-load';
import type { RestartablePostgres } from '../harness/postgres';
import type { OrdersProcess } from '../harness/services';
import { times } from '../harness/wait';
import type { Log } from '../../tools/tool';
import { countLost, isAcknowledged, recoveryAfter } from './acknowledged';
import { SKUS, startCluster, verifyAndStop } from './scenario';

const CLIENTS = 16;

/** The Postgres of both services is stopped at once and started again, many times. */
export const postgresRestarts = async (
  log: Log,
  postgres: RestartablePostgres,
  restarts = 100,
): Promise<Figure[]> => {
  const cluster = await startCluster();
  const { address } = cluster.orders;
  const load = RecordedLoad.start('postgres', { clients: CLIENTS, skus: SKUS, to: () => address });
  const recoveryMs: number[] = [];
  for (const round of times(restarts, (index) => index + 1)) {
    await sleep(200 + Math.random() * 300);
    const upMs = await postgres.restart('immediate');
    recoveryMs.push(await recoveryAfter(load, upMs));
    if (round % 10 === 0) log(`postgres: ${round} of ${restarts} restarts`);
  }
  const samples = await load.stop();
  await cluster.awaitQuiescence();
  return [
    measured('restarts', formatNumber(restarts)),
    measured('orders acknowledged', formatNumber(countOf(samples, isAcknowledged))),
    zero('acknowledged orders lost', await countLost(cluster, samples)),
    atMost('first success after it is up, the slowest', Math.max(...recoveryMs), 1_000, 'ms'),
    await verifyAndStop(cluster),
  ];
};

const DRAIN_MS = 1_000;
const HEALTH_CHECK_INTERVAL_MS = 50;

/** Checks readiness every 50 ms as a load balancer does, and routes to the ready instances in turn. */
class LoadBalancer {
  private ready: readonly string[];
  private turn = 0;
  private readonly checks: NodeJS.Timeout;

  constructor(private readonly orders: readonly OrdersProcess[]) {
    this.ready = orders.map(({ address }) => address);
    this.checks = setInterval(() => void this.check(), HEALTH_CHECK_INTERVAL_MS);
  }

  readonly next = (): string => {
    this.turn += 1;
    return this.ready[this.turn % this.ready.length] ?? '';
  };

  stop(): void {
    clearInterval(this.checks);
  }

  private async check(): Promise<void> {
    const found = await Promise.all(
      this.orders.map(({ url, address }) =>
        fetch(`${url}/health/ready`).then(
          ({ ok }) => (ok ? [address] : []),
          () => [],
        ),
      ),
    );
    if (found.flat().length > 0) this.ready = found.flat();
  }
}

/** Two Orders and two Inventories are stopped (SIGTERM) and started again one after another. */
export const rollingRestarts = async (log: Log, restarts = 50): Promise<Figure[]> => {
  const env = { SHUTDOWN_DRAIN_MS: String(DRAIN_MS) };
  const cluster = await startCluster({ inventories: 2, orders: 2, env });
  const { ordersInstances, inventoryInstances } = cluster;
  const balancer = new LoadBalancer(ordersInstances);
  const load = RecordedLoad.start('rolling', { clients: CLIENTS, skus: SKUS, to: balancer.next });
  await sleep(500);
  for (const round of times(restarts, (index) => index + 1)) {
    for (const service of [ordersInstances[round % 2], inventoryInstances[round % 2]]) {
      const code = await service?.stop();
      if (code !== 0) throw new Error(`A service stopped with ${code}:\n${service?.logs}`);
      await service?.start();
    }
    if (round % 10 === 0) log(`rolling: ${round} of ${restarts} restarts of both services`);
  }
  await sleep(500);
  const samples = await load.stop();
  balancer.stop();
  await cluster.awaitQuiescence();
  return [
    measured('restarts of both services', formatNumber(restarts)),
    measured('requests', formatNumber(samples.length)),
    zero(
      'failed requests',
      countOf(samples, (status) => status === 0 || status >= 400),
    ),
    measured('answered PENDING', formatNumber(countOf(samples, (status) => status === 202))),
    zero('acknowledged orders lost', await countLost(cluster, samples)),
    await verifyAndStop(cluster),
  ];
};
