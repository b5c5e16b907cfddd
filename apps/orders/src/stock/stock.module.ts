import { Module } from '@nestjs/common';
import { StockController } from './stock.controller';
import { StockRefresher } from './stock-refresher.worker';
import { StockService } from './stock.service';

@Module({
  controllers: [StockController],
  providers: [StockService, StockRefresher],
})
export class StockModule {}
