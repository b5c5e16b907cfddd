import { Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import { TimelineSubscriptions } from './timeline-subscriptions.service';

/** Polls for new events of the orders whose timelines are streamed. */
@Injectable()
export class TimelinePoller extends PollingWorker {
  constructor(subscriptions: TimelineSubscriptions) {
    super(() => subscriptions.poll(), { what: 'poll timelines', intervalMs: 200 });
  }
}
