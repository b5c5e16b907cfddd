import type { RestartablePostgres } from '../harness/postgres';
import { type Figure, zero } from '../harness/figures';
import { ServiceCluster } from '../harness/service-cluster';
import type { ClusterOptions } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { times } from '../harness/wait';
import type { Log } from '../../tools/tool';

export type Scenario = (log: Log, postgres: RestartablePostgres) => Promise<Figure[]>;

export const SKUS = times(20, (index) => `sku-${index}`);
/** Units of each SKU: more than any scenario orders. */
const PLENTY = 100_000_000;

/** The first differences show what is wrong. */
const MAX_SHOWN = 3;

/** Starts services with their default settings and stock for every order. */
export const startCluster = async ({ env, ...options }: ClusterOptions = {}) => {
  const cluster = await ServiceCluster.start({ ...options, env: { LOG_LEVEL: 'warn', ...env } });
  await givenStock(cluster.inventoryDatabase, SKUS, PLENTY);
  return cluster;
};

/** Waits for quiescence, stops the cluster and returns the number of differences that `verify` finds. */
export const verifyAndStop = async (cluster: ServiceCluster): Promise<Figure> => {
  await cluster.awaitQuiescence();
  await cluster.stopProcesses();
  const lines = await cluster.verify();
  for (const line of lines.slice(0, MAX_SHOWN)) console.error(`verify: ${line}`);
  await cluster.stop({ verify: false });
  return zero('differences that `verify` finds', lines.length);
};
