import {
  type OnApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { StockService } from './stock.service';

/** How soon Inventory is asked again that gave no answer. */
const POLL_INTERVAL_MS = 250;

/** Keeps what is known of the stock fresh. */
@Injectable()
export class StockRefresher implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly poller = new Poller(() => this.stock.refresh(), {
    what: 'refresh the stock cache',
    intervalMs: POLL_INTERVAL_MS,
  });

  constructor(private readonly stock: StockService) {}

  onApplicationBootstrap(): void {
    this.poller.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.poller.stop();
  }
}
