import { Injectable, Logger } from '@nestjs/common';
import { INVENTORY_PACKAGE, INVENTORY_SERVICE } from '@app/contracts';
import { Database } from '@app/postgres';
import { GrpcHealth } from './grpc-health';

/** A database that does not answer within this time counts as unavailable. */
const CHECK_TIMEOUT_MS = 1_000;

/** Names in `grpc.health.v1` of the server as a whole and of its one service. */
const SERVICE_NAMES = ['', `${INVENTORY_PACKAGE}.${INVENTORY_SERVICE}`];

export const createHealth = (): GrpcHealth =>
  new GrpcHealth(Object.fromEntries(SERVICE_NAMES.map((name) => [name, 'NOT_SERVING'])));

/** Reports SERVING while the database answers and takes writes. */
@Injectable()
export class HealthService {
  private readonly logger = new Logger(HealthService.name);
  private isStopped = false;
  private isServing: boolean | undefined;

  constructor(
    private readonly health: GrpcHealth,
    private readonly database: Database,
  ) {}

  /**
   * Reports NOT_SERVING from now on, and ends all Watch calls. Not a shutdown hook of Nest: a
   * microservice runs its hooks after the server has closed, and closing waits for every open call.
   */
  stop(): void {
    this.isStopped = true;
    this.setServing(false);
    this.health.endWatches();
  }

  /** Reports SERVING while the database takes writes, and NOT_SERVING otherwise. No effect after `stop`. */
  async check(): Promise<void> {
    const serving = await this.database.check(CHECK_TIMEOUT_MS).then(
      () => true,
      () => false,
    );
    if (!this.isStopped) this.setServing(serving);
  }

  private setServing(serving: boolean): void {
    if (serving === this.isServing) return;
    this.isServing = serving;
    this.logger.log(serving ? 'SERVING' : 'NOT_SERVING');
    for (const name of SERVICE_NAMES)
      this.health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  }
}
