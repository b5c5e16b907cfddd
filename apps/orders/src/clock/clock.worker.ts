import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { ClockService } from './clock.service';

const READ_INTERVAL_MS = 1_000;

/** Reads the clock of Orders' database, at first before the service accepts requests. */
@Injectable()
export class ClockReader implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly poller: Poller;

  constructor(private readonly clock: ClockService) {
    this.poller = new Poller(() => this.read(), {
      what: 'read the clock of the database',
      intervalMs: READ_INTERVAL_MS,
    });
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.read();
    this.poller.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.poller.stop();
  }

  private async read(): Promise<false> {
    await this.clock.refresh();
    return false;
  }
}
