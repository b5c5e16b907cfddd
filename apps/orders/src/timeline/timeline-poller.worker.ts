import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { TimelineSubscriptions } from './timeline-subscriptions.service';

const POLL_INTERVAL_MS = 200;

/** Polls for new events of the orders whose timelines are streamed. */
@Injectable()
export class TimelinePoller implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly poller: Poller;

  constructor(subscriptions: TimelineSubscriptions) {
    this.poller = new Poller(() => subscriptions.poll(), {
      what: 'poll timelines',
      intervalMs: POLL_INTERVAL_MS,
    });
  }

  onApplicationBootstrap(): void {
    this.poller.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.poller.stop();
  }
}
