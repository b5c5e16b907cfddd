import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, credentials, makeGenericClientConstructor } from '@grpc/grpc-js';
import { service as healthService } from 'grpc-health-check';
import type { ServiceCluster } from './service-cluster';

const INTERVAL_MS = 200;
/** As load balancers and orchestrators set it. */
const TIMEOUT_MS = 1_000;

interface HealthClient extends Client {
  check(
    request: { service: string },
    options: { deadline: Date },
    done: (error: Error | null, reply?: { status: string }) => void,
  ): void;
}
const HealthClient = makeGenericClientConstructor(healthService, 'Health') as unknown as new (
  ...parameters: ConstructorParameters<typeof Client>
) => HealthClient;

export interface HealthCounts {
  readonly checks: number;
  /** Failed checks of Orders: /health/ready and /health/live. */
  readonly orders: number;
  /** Failed checks of Inventory: grpc.health.v1. */
  readonly inventory: number;
}

/** Checks the health of both services regularly until it is stopped. */
export class HealthChecks {
  private readonly stopped = new AbortController();
  private readonly client: HealthClient;
  private readonly counts = { checks: 0, orders: 0, inventory: 0 };
  private readonly running: Promise<unknown>;

  constructor({ orders, inventory }: ServiceCluster) {
    this.client = new HealthClient(inventory.address, credentials.createInsecure());
    this.running = Promise.all([
      this.repeat('orders', () => isHealthy(`${orders.url}/health/ready`)),
      this.repeat('orders', () => isHealthy(`${orders.url}/health/live`)),
      this.repeat('inventory', () => isServing(this.client)),
    ]);
  }

  async stop(): Promise<HealthCounts> {
    this.stopped.abort();
    await this.running;
    this.client.close();
    return this.counts;
  }

  private async repeat(
    service: 'orders' | 'inventory',
    check: () => Promise<boolean>,
  ): Promise<void> {
    while (!this.stopped.signal.aborted) {
      this.counts.checks += 1;
      if (!(await check())) this.counts[service] += 1;
      await sleep(INTERVAL_MS);
    }
  }
}

const isHealthy = (url: string): Promise<boolean> =>
  fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );

const isServing = (client: HealthClient): Promise<boolean> =>
  new Promise((resolve) => {
    const deadline = new Date(Date.now() + TIMEOUT_MS);
    client.check({ service: '' }, { deadline }, (error, reply) =>
      resolve(!error && reply?.status === 'SERVING'),
    );
  });
