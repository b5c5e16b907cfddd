import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { ReconciliationService } from './reconciliation.service';

const POLL_INTERVAL_MS = 200;

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
    });
  }

  onApplicationBootstrap(): void {
    this.poller.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.poller.stop();
  }
}
