import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HealthImplementation } from 'grpc-health-check';
import { INVENTORY_PACKAGE, INVENTORY_SERVICE } from '@app/contracts';
import { Database } from '@app/postgres';

const CHECK_EVERY_MS = 500;
/** A database that takes longer to answer `select 1` is as good as gone. */
const ANSWER_WITHIN_MS = 1_000;

/** The whole server, and its one service, under their names in `grpc.health.v1`. */
const NAMES = ['', `${INVENTORY_PACKAGE}.${INVENTORY_SERVICE}`];

export const newHealth = (): HealthImplementation =>
  new HealthImplementation(Object.fromEntries(NAMES.map((name) => [name, 'NOT_SERVING'])));

/** Says SERVING while the database answers, and NOT_SERVING from the moment of shutdown. */
@Injectable()
export class HealthService implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(HealthService.name);
  private readonly stopped = new AbortController();
  private serving: boolean | undefined;

  constructor(
    private readonly health: HealthImplementation,
    private readonly database: Database,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.check();
    void this.watch();
  }

  beforeApplicationShutdown(): void {
    this.stopped.abort();
    this.say(false);
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
    const tooLate = sleep(ANSWER_WITHIN_MS, false, { ref: false });
    const answers = this.database.ping().then(
      () => true,
      () => false,
    );
    const serving = await Promise.race([answers, tooLate]);
    if (!this.stopped.signal.aborted) this.say(serving);
  }

  private say(serving: boolean): void {
    if (serving === this.serving) return;
    this.serving = serving;
    this.logger.log(serving ? 'SERVING' : 'NOT_SERVING');
    for (const name of NAMES) this.health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  }
}
