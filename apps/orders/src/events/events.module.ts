import { Module } from '@nestjs/common';
import { EventsController } from './events.controller';
import { EventsPoller } from './events-poller.worker';
import { EventsRepository } from './events.repository';
import { EventsService } from './events.service';
import { OrderEventsController } from './order-events.controller';

/** Orders' event log over HTTP. */
@Module({
  controllers: [EventsController, OrderEventsController],
  providers: [EventsRepository, EventsService, EventsPoller],
  exports: [EventsRepository],
})
export class EventsModule {}
