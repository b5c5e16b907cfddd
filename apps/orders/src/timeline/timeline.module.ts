import { Module } from '@nestjs/common';
import { TimelineController } from './timeline.controller';
import { TimelinePoller } from './timeline-poller.worker';
import { TimelineSubscriptions } from './timeline-subscriptions.service';
import { TimelineRepository } from './timeline.repository';
import { TimelineService } from './timeline.service';

@Module({
  controllers: [TimelineController],
  providers: [TimelineService, TimelineSubscriptions, TimelineRepository, TimelinePoller],
})
export class TimelineModule {}
