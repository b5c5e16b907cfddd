import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { INVENTORY_PACKAGE, INVENTORY_SERVICE } from '@app/contracts';
import { Database } from '@app/postgres';
import { Poller } from '@app/runtime';
import { GrpcHealth } from './grpc-health';

const CHECK_INTERVAL_MS = 500;
/** A database that does not answer `select 1` within this time counts as unavailable. */
const PING_TIMEOUT_MS = 1_000;

/** Names in `grpc.health.v1` of the server as a whole and of its one service. */
const SERVICE_NAMES = ['', `${INVENTORY_PACKAGE}.${INVENTORY_SERVICE}`];

export const createHealth = (): GrpcHealth =>
  new GrpcHealth(Object.fromEntries(SERVICE_NAMES.map((name) => [name, 'NOT_SERVING'])));

/** Reports SERVING while the database answers. */
@Injectable()
export class HealthService implements OnApplicationBootstrap {
  private readonly logger = new Logger(HealthService.name);
  private readonly poller = new Poller(() => this.check(), {
    what: 'check the database for the health service',
    intervalMs: CHECK_INTERVAL_MS,
  });
  private isStopped = false;
  private isServing: boolean | undefined;

  constructor(
    private readonly health: GrpcHealth,
    private readonly database: Database,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.check();
    this.poller.start();
  }

  /**
   * Reports NOT_SERVING from now on, and ends all Watch calls. Not a shutdown hook of Nest: a
   * microservice runs its hooks after the server has closed, and closing waits for every open call.
   */
  stop(): void {
    this.isStopped = true;
    void this.poller.stop();
    this.setServing(false);
    this.health.endWatches();
  }

  private async check(): Promise<boolean> {
    const serving = await this.database.ping(PING_TIMEOUT_MS).then(
      () => true,
      () => false,
    );
    if (!this.isStopped) this.setServing(serving);
    return false;
  }

  private setServing(serving: boolean): void {
    if (serving === this.isServing) return;
    this.isServing = serving;
    this.logger.log(serving ? 'SERVING' : 'NOT_SERVING');
    for (const name of SERVICE_NAMES)
      this.health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  }
}
