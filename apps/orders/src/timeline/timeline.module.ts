import { Module } from '@nestjs/common';
import { TimelineController } from './timeline.controller';
import { TimelineFeed } from './timeline.feed';
import { TimelineRepository } from './timeline.repository';
import { TimelineService } from './timeline.service';

@Module({
  controllers: [TimelineController],
  providers: [TimelineService, TimelineFeed, TimelineRepository],
})
export class TimelineModule {}
