import { Module } from '@nestjs/common';
import { StockEventsController } from './stock-events.controller';
import { StockEventsService } from './stock-events.service';
import { StockWatchClient } from './stock-watch.client';

@Module({
  controllers: [StockEventsController],
  providers: [StockEventsService, StockWatchClient],
})
export class StockEventsModule {}
