import {
  type OnApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { SettlingService } from './settling.service';

const POLL_INTERVAL_MS = 200;

/**
 * Ends what requests could not: orders that Inventory did not answer for in time, and those of a
 * process that died. Every instance runs one, and they share the work.
 */
@Injectable()
export class OrderSettler implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly settling = new Poller(() => this.service.settle(), {
    what: 'settle orders',
    intervalMs: POLL_INTERVAL_MS,
  });

  constructor(private readonly service: SettlingService) {}

  onApplicationBootstrap(): void {
    this.settling.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.settling.stop();
  }
}
