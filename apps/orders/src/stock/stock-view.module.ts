import { Module } from '@nestjs/common';
import { StockClient } from './stock.client';
import { StockController } from './stock.controller';
import { StockRefresher } from './stock-refresher.worker';
import { StockViewService } from './stock-view.service';

@Module({
  controllers: [StockController],
  providers: [StockViewService, StockClient, StockRefresher],
  exports: [StockViewService],
})
export class StockViewModule {}
