import { Injectable } from '@nestjs/common';
import { PollingWorker } from '@app/runtime';
import { ReconciliationService } from './reconciliation.service';

const POLL_INTERVAL_MS = 200;
/** At rest an order can be due only if another instance has died. */
const REST_INTERVAL_MS = 1_000;

/**
 * Finishes the orders that requests left unfinished: Inventory did not respond in time, or the process
 * died. Every instance runs one, and they share the work.
 */
@Injectable()
export class OrderReconciler extends PollingWorker {
  constructor(reconciliation: ReconciliationService) {
    super(() => reconciliation.reconcile(), {
      what: 'reconcile orders',
      intervalMs: POLL_INTERVAL_MS,
      rest: { isAtRest: () => reconciliation.isAtRest, intervalMs: REST_INTERVAL_MS },
    });
    reconciliation.onUnfinished(() => this.wake());
  }
}
