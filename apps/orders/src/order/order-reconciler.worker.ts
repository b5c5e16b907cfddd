import {
  type OnApplicationShutdown,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Poller } from '@app/runtime';
import { ReconciliationService } from './reconciliation.service';

const POLL_INTERVAL_MS = 200;

/**
 * Ends what requests could not: orders that Inventory did not answer for in time, and those of a
 * process that died. Every instance runs one, and they share the work.
 */
@Injectable()
export class OrderReconciler implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly poller = new Poller(() => this.service.reconcile(), {
    what: 'reconcile orders',
    intervalMs: POLL_INTERVAL_MS,
  });

  constructor(private readonly service: ReconciliationService) {}

  onApplicationBootstrap(): void {
    this.poller.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.poller.stop();
  }
}
