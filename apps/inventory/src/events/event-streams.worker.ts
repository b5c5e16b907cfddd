import { Inject, Injectable } from '@nestjs/common';
import { EventFeedWorker, EventSequencer } from '@app/events';
import { EVENT_STREAM_SETTINGS, type EventStreamSettings } from './event-stream-settings';
import { EventStreamsService } from './event-streams.service';

/** Orders follows the log all the time, so each poll is part of the cost of an Inventory at rest. */
const REST_INTERVAL_MS = 500;

/** Polls the log on behalf of all StreamEvents calls of this instance. */
@Injectable()
export class EventStreamsPoller extends EventFeedWorker {
  constructor(
    streams: EventStreamsService,
    sequencer: EventSequencer,
    @Inject(EVENT_STREAM_SETTINGS) { pollMs }: EventStreamSettings,
  ) {
    super(streams, sequencer, {
      what: 'read the event log for streams',
      intervalMs: pollMs,
      restIntervalMs: REST_INTERVAL_MS,
      stopsEarly: true,
    });
  }
}
