import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { ReconciliationService } from './reconciliation.service';

const POLL_INTERVAL_MS = 200;
/** At rest an order can be due only if another instance has died. */
const REST_INTERVAL_MS = 1_000;

/**
 * Finishes the orders that requests left unfinished: Inventory did not respond in time, or the process
 * died. Every instance runs one, and they share the work.
 */
@Injectable()
export class OrderReconciler implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly poller: Poller;

  constructor(reconciliation: ReconciliationService) {
    this.poller = new Poller(() => reconciliation.reconcile(), {
      what: 'reconcile orders',
      intervalMs: POLL_INTERVAL_MS,
      rest: { isAtRest: () => reconciliation.isAtRest, intervalMs: REST_INTERVAL_MS },
    });
    reconciliation.onUnfinished(() => this.poller.wake());
  }

  onApplicationBootstrap(): void {
    this.poller.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.poller.stop();
  }
}
