import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { INVENTORY_PACKAGE, INVENTORY_SERVICE } from '@app/contracts';
import { Database } from '@app/postgres';
import { Poller } from '@app/runtime';
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
  private readonly checking = new Poller(() => this.check(), {
    what: 'check the health',
    intervalMs: CHECK_EVERY_MS,
  });
  private stopped = false;
  private serving: boolean | undefined;

  constructor(
    private readonly health: ClosableHealth,
    private readonly database: Database,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.check();
    this.checking.start();
  }

  /**
   * Says NOT_SERVING for good and lets go of those who watch. Not a shutdown hook of Nest's: those of
   * a microservice come after its server has closed, which waits for every open call.
   */
  stop(): void {
    this.stopped = true;
    void this.checking.stop();
    this.say(false);
    this.health.endWatches();
  }

  private async check(): Promise<boolean> {
    const serving = await this.database.ping(ANSWER_WITHIN_MS).then(
      () => true,
      () => false,
    );
    if (!this.stopped) this.say(serving);
    return false;
  }

  private say(serving: boolean): void {
    if (serving === this.serving) return;
    this.serving = serving;
    this.logger.log(serving ? 'SERVING' : 'NOT_SERVING');
    for (const name of NAMES) this.health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  }
}
