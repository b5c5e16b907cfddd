import { Module } from '@nestjs/common';
import { StockModule } from '../stock/stock.module';
import { MovementPoller } from './movement-poller.worker';
import { SubscriptionService } from './subscription.service';
import { WATCH_LIMITS, WATCH_SETTINGS } from './watch-settings';
import { WatchGrpcController } from './watch.grpc';
import { WatchService } from './watch.service';

@Module({
  imports: [StockModule],
  controllers: [WatchGrpcController],
  providers: [
    WatchService,
    SubscriptionService,
    MovementPoller,
    { provide: WATCH_SETTINGS, useValue: WATCH_LIMITS },
  ],
})
export class WatchModule {}
