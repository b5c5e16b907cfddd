import { Module } from '@nestjs/common';
import { EVENT_STREAM_LIMITS, EVENT_STREAM_SETTINGS } from './event-stream-settings';
import { EventStreamsService } from './event-streams.service';
import { EventStreamsPoller } from './event-streams.worker';
import { EventsGrpcController } from './events.grpc';
import { InventoryEventsRepository } from './inventory-events.repository';

/** Inventory's event log with the contents of its events, and over gRPC. */
@Module({
  controllers: [EventsGrpcController],
  providers: [
    InventoryEventsRepository,
    EventStreamsService,
    EventStreamsPoller,
    { provide: EVENT_STREAM_SETTINGS, useValue: EVENT_STREAM_LIMITS },
  ],
  exports: [InventoryEventsRepository],
})
export class InventoryEventsModule {}
