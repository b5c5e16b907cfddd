import { ServiceCluster } from './service-cluster';
import type { Env } from './services';

/**
 * Longer than by default, so that a busy machine does not turn a 201 into a 202. Tests of the timeout
 * set their own.
 */
const PATIENT_ORDERS = { ORDERS_INVENTORY_TIMEOUT_MS: '5000' };

/** Starts one process of each service. */
export const startCluster = (env: Env = {}): Promise<ServiceCluster> =>
  ServiceCluster.start({ env: { ...PATIENT_ORDERS, ...env } });
