import { Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import { StockViewService } from './stock-view.service';

/** Refreshes the stock cache while Inventory is available. */
@Injectable()
export class StockRefresher extends PollingWorker {
  constructor(stock: StockViewService) {
    super(() => stock.refresh(), { what: 'refresh the stock cache', intervalMs: 250 });
  }
}
