import { Inject, Injectable } from '@nestjs/common';
import { failpoint } from '@app/runtime';
import { type TargetStatus, TRANSITIONS_ON_REQUEST, UNFINISHED_STATUSES } from './lifecycle';
import type { Order } from './order';
import { OrderExpiryRepository } from './order-expiry.repository';
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
/** An order may expire a second late, and each search looks at up to 2,000 orders. */
const EXPIRY_INTERVAL_MS = 1_000;
/** Longer than the longest pause between two attempts of an order. */
const REST_AFTER_MS = 20_000;

/** Finishes the orders that requests left unfinished. */
@Injectable()
export class ReconciliationService {
  private lastWorkAtMs = performance.now();
  private nextExpiryAtMs = 0;

  constructor(
    private readonly orders: OrderRepository,
    private readonly expiries: OrderExpiryRepository,
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
    const hasMoreExpired = await this.cancelExpired();
    const hasMoreDue = await this.advanceDue();
    if (!this.reservations.canCall) this.lastWorkAtMs = performance.now();
    return hasMoreOverdue || hasMoreExpired || hasMoreDue;
  }

  /** Moves orders that were PENDING for too long to CANCELLING, also while Inventory is unavailable. */
  private async cancelOverdue(): Promise<boolean> {
    const overdue = await this.orders.findOverdue(BATCH);
    return this.cancelAll(overdue, TRANSITIONS_ON_REQUEST.acceptBy.PENDING);
  }

  /** Moves orders that were CONFIRMED for too long to CANCELLING. A fulfill that comes first wins. */
  private async cancelExpired(): Promise<boolean> {
    const { confirmedExpiryMs } = this.options;
    if (confirmedExpiryMs === 0 || performance.now() < this.nextExpiryAtMs) return false;
    const expired = await this.expiries.find(confirmedExpiryMs, BATCH);
    const hasMore = await this.cancelAll(expired, TRANSITIONS_ON_REQUEST.expire.CONFIRMED);
    if (!hasMore) this.nextExpiryAtMs = performance.now() + EXPIRY_INTERVAL_MS;
    return hasMore;
  }

  /** Returns whether there may be more to cancel now. */
  private async cancelAll(
    late: readonly Pick<Order, 'id' | 'status'>[],
    to: TargetStatus,
  ): Promise<boolean> {
    if (late.length === 0) return false;
    this.lastWorkAtMs = performance.now();
    const transitions = late.map((order) => requestedTransition(order, to, 'SYSTEM', this.options));
    const moved = await this.processor.recordAll(transitions);
    failpoint('reconciler.overdue');
    return late.length === BATCH && moved > 0;
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
