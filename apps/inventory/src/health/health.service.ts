import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { INVENTORY_PACKAGE, INVENTORY_SERVICE } from '@app/contracts';
import { Database } from '@app/postgres';
import { ClosableHealth } from './closable-health';

const CHECK_EVERY_MS = 500;
/** A database that takes longer to answer `select 1` is as good as gone. */
const ANSWER_WITHIN_MS = 1_000;

/** The whole server, and its one service, under their names in `grpc.health.v1`. */
const NAMES = ['', `${INVENTORY_PACKAGE}.${INVENTORY_SERVICE}`];

export const newHealth = (): ClosableHealth =>
  new ClosableHealth(Object.fromEntries(NAMES.map((name) => [name, 'NOT_SERVING'])));

/** Says SERVING while the database answers. */
@Injectable()
export class HealthService implements OnApplicationBootstrap {
  private readonly logger = new Logger(HealthService.name);
  private readonly stopped = new AbortController();
  private serving: boolean | undefined;

  constructor(
    private readonly health: ClosableHealth,
    private readonly database: Database,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.check();
    void this.watch();
  }

  /**
   * Says NOT_SERVING for good and lets go of those who watch. Not a shutdown hook of Nest's: those of
   * a microservice come after its server has closed, which waits for every open call.
   */
  stop(): void {
    this.stopped.abort();
    this.say(false);
    this.health.endWatches();
  }

  private async watch(): Promise<void> {
    while (await this.pause()) await this.check();
  }

  /** Gives false, at once, when the service stops. */
  private pause(): Promise<boolean> {
    const { signal } = this.stopped;
    return sleep(CHECK_EVERY_MS, true, { signal }).catch(() => false);
  }

  private async check(): Promise<void> {
    const serving = await this.database.ping(ANSWER_WITHIN_MS).then(
      () => true,
      () => false,
    );
    if (!this.stopped.signal.aborted) this.say(serving);
  }

  private say(serving: boolean): void {
    if (serving === this.serving) return;
    this.serving = serving;
    this.logger.log(serving ? 'SERVING' : 'NOT_SERVING');
    for (const name of NAMES) this.health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  }
}
