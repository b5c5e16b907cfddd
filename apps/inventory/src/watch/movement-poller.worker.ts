import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { SkuSubscriptions } from './sku-subscriptions.service';
import { WATCH_SETTINGS, type WatchSettings } from './watch-settings';

/** Polls the ledger for the watchers of this instance. */
@Injectable()
export class MovementPoller implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly poller: Poller;

  constructor(
    subscriptions: SkuSubscriptions,
    @Inject(WATCH_SETTINGS) { pollMs: intervalMs }: WatchSettings,
  ) {
    const what = 'read the ledger for watchers';
    this.poller = new Poller(() => subscriptions.poll(), { what, intervalMs });
  }

  onApplicationBootstrap(): void {
    this.poller.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.poller.stop();
  }
}
