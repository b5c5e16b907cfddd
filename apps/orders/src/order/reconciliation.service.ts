import { Inject, Injectable } from '@nestjs/common';
import { failpoint } from '@app/runtime';
import { ReservationClient } from './reservation.client';
import { TRANSITIONS_ON_REQUEST, UNFINISHED_STATUSES } from './lifecycle';
import { OrderProcessor, TRANSITION_SETTINGS } from './order-processor.service';
import { OrderRepository } from './order.repository';
import { requestedTransition, type TransitionSettings } from './order-transition';

/** Orders of each unfinished status that are driven on together. */
const BATCH = 256;
/** Nobody waits for the reconciler, so it can wait longer: for an Inventory that is slow, but there. */
const CALL_TIMEOUT_MS = 2_000;
/** Longer than a batch takes with all its time-outs. Should its process die, its claims lapse. */
const LEASE_MS = 10_000;

/** Ends what requests could not. */
@Injectable()
export class ReconciliationService {
  constructor(
    private readonly orders: OrderRepository,
    private readonly processor: OrderProcessor,
    private readonly reservations: ReservationClient,
    @Inject(TRANSITION_SETTINGS) private readonly settings: TransitionSettings,
  ) {}

  /** Drives on what is due, up to a bound. Gives whether there may be more that can be driven on. */
  async reconcile(): Promise<boolean> {
    const moreOverdue = await this.cancelOverdue();
    const moreDue = await this.advanceDue();
    return moreOverdue || moreDue;
  }

  /** An order that is PENDING too long goes to CANCELLING, also while Inventory is away. */
  private async cancelOverdue(): Promise<boolean> {
    const overdue = await this.orders.findOverdue(BATCH);
    if (overdue.length === 0) return false;
    const to = TRANSITIONS_ON_REQUEST.acceptBy.PENDING;
    const transitions = overdue.map((order) =>
      requestedTransition(order, to, 'SETTLER', this.settings),
    );
    const moved = await this.processor.recordAll(transitions);
    failpoint('reconciler.overdue');
    return overdue.length === BATCH && moved > 0;
  }

  /** As many of each status, so that a backlog of one does not hold up the others. */
  private async advanceDue(): Promise<boolean> {
    if (!this.reservations.isAvailable) return false;
    const claimed = await this.orders.claimDue(UNFINISHED_STATUSES, BATCH, LEASE_MS);
    if (claimed.length === 0) return false;
    failpoint('reconciler.claimed');
    const moved = await this.processor.advanceAll(claimed, new Date(Date.now() + CALL_TIMEOUT_MS));
    return claimed.length >= BATCH && moved > 0;
  }
}
