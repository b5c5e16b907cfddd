import type { ProcessOptions } from '../test/harness/service-process';
import { type ClusterOptions, ServiceCluster } from '../test/harness/service-cluster';
import type { Bench } from './bench';

/** The logs are read from a pipe, so that writing them costs what it always does. */
export const KEEP_LOGS: ProcessOptions = { maxLogLength: 100_000 };

/** Starts the services with their default settings. They stop at the end of the scenario. */
export const startCluster = async (
  bench: Bench,
  options: ClusterOptions = {},
): Promise<ServiceCluster> => {
  const cluster = await ServiceCluster.start({ process: KEEP_LOGS, ...options });
  // The scenario has verified the databases by then and reports the differences as figures.
  bench.atEnd(() => cluster.stop({ verify: false }));
  return cluster;
};

/** host:port of each Inventory. */
export const inventoryAddresses = ({ inventoryInstances }: ServiceCluster): string[] =>
  inventoryInstances.map(({ address }) => address);
