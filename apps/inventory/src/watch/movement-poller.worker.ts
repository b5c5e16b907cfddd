import { Inject, Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import { SubscriptionService } from './subscription.service';
import { WATCH_SETTINGS, type WatchSettings } from './watch-settings';

/** Polls the ledger on behalf of all WatchStock calls of this instance. */
@Injectable()
export class MovementPoller extends PollingWorker {
  constructor(
    subscriptions: SubscriptionService,
    @Inject(WATCH_SETTINGS) { pollMs }: WatchSettings,
  ) {
    super(() => subscriptions.poll(), {
      what: 'read the ledger for watchers',
      intervalMs: pollMs,
      stopsEarly: true,
    });
  }
}
