import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { HealthService } from './health.service';

const CHECK_INTERVAL_MS = 500;

/** Checks the health of this instance until it shuts down. */
@Injectable()
export class HealthChecker implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly poller = new Poller(() => this.check(), {
    what: 'check the health',
    intervalMs: CHECK_INTERVAL_MS,
  });

  constructor(private readonly health: HealthService) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.check();
    this.poller.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.poller.stop();
  }

  private async check(): Promise<false> {
    await this.health.check();
    return false;
  }
}
