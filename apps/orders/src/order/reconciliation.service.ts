import { Inject, Injectable } from '@nestjs/common';
import { failpoint } from '@app/runtime';
import { TRANSITIONS_ON_REQUEST, UNFINISHED_STATUSES } from './lifecycle';
import { ORDER_OPTIONS, type OrderOptions } from './order-options';
import { OrderProcessor } from './order-processor.service';
import { requestedTransition } from './order-transition';
import { OrderRepository } from './order.repository';
import { ReservationClient } from './reservation.client';

/** Orders of each unfinished status that are advanced together. */
const BATCH = 256;
/** Longer than a request waits, because no customer waits for the reconciler. */
const CALL_TIMEOUT_MS = 2_000;
/** Longer than a batch takes with all its timeouts. If its process dies, its claims lapse after this. */
const LEASE_MS = 10_000;
/** Longer than the longest pause between two attempts of an order. */
const REST_AFTER_MS = 20_000;

/** Finishes the orders that requests left unfinished. */
@Injectable()
export class ReconciliationService {
  private lastWorkAtMs = performance.now();

  constructor(
    private readonly orders: OrderRepository,
    private readonly processor: OrderProcessor,
    private readonly reservations: ReservationClient,
    @Inject(ORDER_OPTIONS) private readonly options: OrderOptions,
  ) {}

  /** Whether for 20 s no order was due, no request left one unfinished, and Inventory was available. */
  get isAtRest(): boolean {
    return performance.now() - this.lastWorkAtMs > REST_AFTER_MS;
  }

  /** Calls `listener` when a request of this instance ends this rest. */
  onUnfinished(listener: () => void): void {
    this.processor.onUnfinished(() => {
      const wasAtRest = this.isAtRest;
      this.lastWorkAtMs = performance.now();
      if (wasAtRest) listener();
    });
  }

  /** Advances a bounded number of due orders. Returns whether there may be more to advance now. */
  async reconcile(): Promise<boolean> {
    const hasMoreOverdue = await this.cancelOverdue();
    const hasMoreDue = await this.advanceDue();
    if (!this.reservations.canCall) this.lastWorkAtMs = performance.now();
    return hasMoreOverdue || hasMoreDue;
  }

  /** Moves orders that were PENDING for too long to CANCELLING, also while Inventory is unavailable. */
  private async cancelOverdue(): Promise<boolean> {
    const overdue = await this.orders.findOverdue(BATCH);
    if (overdue.length === 0) return false;
    this.lastWorkAtMs = performance.now();
    const to = TRANSITIONS_ON_REQUEST.acceptBy.PENDING;
    const transitions = overdue.map((order) =>
      requestedTransition(order, to, 'SYSTEM', this.options),
    );
    const moved = await this.processor.recordAll(transitions);
    failpoint('reconciler.overdue');
    return overdue.length === BATCH && moved > 0;
  }

  /** Claims the same number of each status, so that a backlog of one does not delay the others. */
  private async advanceDue(): Promise<boolean> {
    if (!this.reservations.canCall) return false;
    const claimed = await this.orders.claimDue(UNFINISHED_STATUSES, BATCH, LEASE_MS);
    if (claimed.length === 0) return false;
    this.lastWorkAtMs = performance.now();
    failpoint('reconciler.claimed');
    const moved = await this.processor.advanceAll(claimed, new Date(Date.now() + CALL_TIMEOUT_MS));
    return claimed.length >= BATCH && moved > 0;
  }
}
