import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { StockViewService } from './stock-view.service';

const POLL_INTERVAL_MS = 250;

/** Refreshes the stock cache while Inventory is available. */
@Injectable()
export class StockRefresher implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly poller: Poller;

  constructor(stock: StockViewService) {
    this.poller = new Poller(() => stock.refresh(), {
      what: 'refresh the stock cache',
      intervalMs: POLL_INTERVAL_MS,
    });
  }

  onApplicationBootstrap(): void {
    this.poller.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.poller.stop();
  }
}
