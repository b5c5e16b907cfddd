import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { OrderService } from './order.service';

const BATCH = 100;
const LOOK_EVERY_MS = 200;

/**
 * Ends what requests could not: orders that Inventory did not answer for in time, and those of a
 * process that died. Every instance runs one, and they share the work.
 */
@Injectable()
export class OrderSettler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(OrderSettler.name);
  private readonly stopped = new AbortController();
  private done: Promise<void> = Promise.resolve();

  constructor(private readonly orders: OrderService) {}

  onApplicationBootstrap(): void {
    this.done = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped.abort();
    await this.done;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      const more = await this.settleBatch();
      if (!more) await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  /**
   * Says whether to go on at once: there was a full batch, and Inventory decided some of it. While it
   * is away a backlog is not worth a spin.
   */
  private async settleBatch(): Promise<boolean> {
    try {
      const { found, ended } = await this.orders.settleDue(BATCH);
      return found === BATCH && ended > 0;
    } catch (error) {
      this.logger.debug({ err: error }, 'Cannot settle orders for now; still trying');
      return false;
    }
  }
}
