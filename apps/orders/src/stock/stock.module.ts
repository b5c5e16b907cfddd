import { Module } from '@nestjs/common';
import { StockClient } from './stock.client';
import { StockController } from './stock.controller';
import { StockRefresher } from './stock-refresher.worker';
import { StockService } from './stock.service';

@Module({
  controllers: [StockController],
  providers: [StockService, StockClient, StockRefresher],
})
export class StockModule {}
