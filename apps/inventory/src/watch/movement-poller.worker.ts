import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { SubscriptionService } from './subscription.service';
import { WATCH_SETTINGS, type WatchSettings } from './watch-settings';

/** Polls the ledger on behalf of all WatchStock calls of this instance. */
@Injectable()
export class MovementPoller implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly poller: Poller;

  constructor(
    subscriptions: SubscriptionService,
    @Inject(WATCH_SETTINGS) { pollMs }: WatchSettings,
  ) {
    const what = 'read the ledger for watchers';
    this.poller = new Poller(() => subscriptions.poll(), { what, intervalMs: pollMs });
  }

  onApplicationBootstrap(): void {
    this.poller.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.poller.stop();
  }
}
