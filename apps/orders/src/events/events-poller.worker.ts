import { Injectable } from '@nestjs/common';
import { EventFeedWorker, EventSequencer } from '@app/events';
import { EventsService } from './events.service';

const POLL_INTERVAL_MS = 50;
const REST_INTERVAL_MS = 250;

/** Polls the log for new events while a stream follows it. */
@Injectable()
export class EventsPoller extends EventFeedWorker {
  constructor(events: EventsService, sequencer: EventSequencer) {
    super(events, sequencer, {
      what: 'poll the event log',
      intervalMs: POLL_INTERVAL_MS,
      restIntervalMs: REST_INTERVAL_MS,
    });
  }
}
