import { Injectable } from '@nestjs/common';
import { Database } from '@app/postgres';
import { PollingWorker } from '@app/runtime';
import { WebhookDispatcher } from './webhook-dispatcher.service';

const BUSY_INTERVAL_MS = 100;
const REST_INTERVAL_MS = 1_000;

/** Polls the log for webhooks: often after each write of this process, otherwise once a second. */
@Injectable()
export class WebhookDispatcherWorker extends PollingWorker {
  constructor(
    private readonly dispatcher: WebhookDispatcher,
    database: Database,
  ) {
    super(() => dispatcher.poll(), {
      what: 'deliver to webhooks',
      intervalMs: BUSY_INTERVAL_MS,
      rest: { isAtRest: () => dispatcher.isAtRest, intervalMs: REST_INTERVAL_MS },
      stopsEarly: true,
    });
    database.onWrite(() => this.recordWrite());
  }

  private recordWrite(): void {
    const { isAtRest } = this.dispatcher;
    this.dispatcher.recordWrite();
    if (isAtRest && !this.dispatcher.isAtRest) this.wake();
  }
}
