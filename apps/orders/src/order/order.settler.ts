import {
  type BeforeApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Repeating } from '@app/runtime';
import { OrderService } from './order.service';

const BATCH = 100;
const LOOK_EVERY_MS = 200;

/**
 * Ends what requests could not: orders that Inventory did not answer for in time, and those of a
 * process that died. Every instance runs one, and they share the work.
 */
@Injectable()
export class OrderSettler implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly settling = new Repeating(() => this.settleBatch(), {
    what: 'settle orders',
    everyMs: LOOK_EVERY_MS,
  });

  constructor(private readonly orders: OrderService) {}

  onApplicationBootstrap(): void {
    this.settling.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.settling.stop();
  }

  /**
   * Says whether to go on at once: there was a full batch, and Inventory decided some of it. While it
   * is away a backlog is not worth a spin.
   */
  private async settleBatch(): Promise<boolean> {
    const { found, ended } = await this.orders.settleDue(BATCH);
    return found === BATCH && ended > 0;
  }
}
