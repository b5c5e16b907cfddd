import { Inject, Injectable, Logger } from '@nestjs/common';
import { GROUP_LIMITS, GroupCommit, OVERLAP } from '@app/batching';
import { ServiceError } from '@app/errors';
import { failpoint } from '@app/runtime';
import { CALL_BY_STATUS } from './lifecycle';
import { isUnfinished, type Order, type UnfinishedOrder } from './order';
import type { Actor } from './order-event';
import { ORDER_OPTIONS, type OrderOptions } from './order-options';
import { applyTransition, type OrderTransition, transitionFor } from './order-transition';
import { OrderRepository } from './order.repository';
import { type Reply, SKIPPED } from './reply';
import { ReservationClient } from './reservation.client';

/**
 * Makes the call to Inventory that an unfinished order waits for, and writes the transition that the
 * reply leads to. Requests, repeated requests and the reconcilers of all instances take this one path,
 * and may take it at the same time: the calls are idempotent, and the writes are guarded by the status.
 */
@Injectable()
export class OrderProcessor {
  private readonly logger = new Logger(OrderProcessor.name);
  private noteUnfinished: () => void = () => undefined;
  private readonly transitions = new GroupCommit<OrderTransition, Date | undefined>(
    (transitions) => this.recordBatch(transitions),
    { what: 'order transitions', ...GROUP_LIMITS, overlap: OVERLAP },
  );

  constructor(
    private readonly orders: OrderRepository,
    private readonly reservations: ReservationClient,
    @Inject(ORDER_OPTIONS) private readonly options: OrderOptions,
  ) {}

  /** Calls `listener` each time that an order is still unfinished when its customer gets the response. */
  onUnfinished(listener: () => void): void {
    this.noteUnfinished = listener;
  }

  /** Advances an order for a request, which waits until the deadline. Returns the order after it. */
  async advance(order: UnfinishedOrder, deadline: Date, actor: Actor): Promise<Order> {
    let advanced: Order = order;
    try {
      advanced = await this.advanceOnce(order, deadline, actor);
      return advanced;
    } finally {
      if (isUnfinished(advanced)) this.noteUnfinished();
      if (advanced.status === 'PENDING') this.options.activity?.recordPending();
    }
  }

  private async advanceOnce(order: UnfinishedOrder, deadline: Date, actor: Actor): Promise<Order> {
    const call = CALL_BY_STATUS[order.status];
    failpoint(`${call}.unsent`);
    const startedMs = performance.now();
    const reply = await this.reservations[call](order, deadline);
    failpoint(`${call}.answered`);
    return this.applyReply(order, reply, actor, startedMs);
  }

  /** Advances orders for the reconciler. Returns how many of them have another status afterwards. */
  async advanceAll(orders: readonly Order[], deadline: Date): Promise<number> {
    const unfinished = orders.filter(isUnfinished);
    const startedMs = performance.now();
    const replies = this.reservations.callEach(unfinished, deadline);
    const skipped: string[] = [];
    const moved = await Promise.all(
      unfinished.map(async (order, index) => {
        const reply = (await replies[index]) ?? SKIPPED;
        if (reply.kind === 'skipped') skipped.push(order.id);
        const advanced = await this.logFailure(order, () =>
          this.applyReply(order, reply, 'SYSTEM', startedMs),
        );
        return advanced !== undefined && advanced.status !== order.status;
      }),
    );
    if (skipped.length > 0) await this.orders.releaseClaims(skipped);
    return moved.filter(Boolean).length;
  }

  /** Writes transitions. A failed one is logged and does not affect the others. Returns how many were written. */
  async recordAll(transitions: readonly OrderTransition[]): Promise<number> {
    const times = await Promise.all(
      transitions.map((transition) => this.logFailure(transition, () => this.record(transition))),
    );
    return times.filter((at) => at !== undefined).length;
  }

  /** Writes a transition. Returns its time, or undefined if the order no longer had the status `from`. */
  record(transition: OrderTransition): Promise<Date | undefined> {
    return this.transitions.submit(transition);
  }

  /** Logs a failure instead of throwing it, so that one order does not keep others from being advanced. */
  private async logFailure<Result>(
    { id }: Pick<Order, 'id'>,
    work: () => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      const isExpected = error instanceof ServiceError && error.reason !== 'INTERNAL';
      const context = { err: error, orderId: id };
      if (isExpected) this.logger.debug(context, 'A transition was not written; retrying later');
      else this.logger.error(context, 'A transition could not be written');
      return undefined;
    }
  }

  /** Writes what a reply means for an order, unless the order has moved meanwhile. */
  private async applyReply(
    order: UnfinishedOrder,
    reply: Reply,
    actor: Actor,
    startedMs: number,
  ): Promise<Order> {
    const attempt = { actor, durationMs: Math.round(performance.now() - startedMs) };
    const transition = transitionFor(order, reply, attempt, this.options);
    if (!transition) return order;
    const at = await this.record(transition);
    failpoint(`${CALL_BY_STATUS[order.status]}.recorded`);
    if (at) return applyTransition(order, transition, at);
    return (await this.orders.find(order.id)) ?? order;
  }

  /** A group may have several transitions of one order. One statement writes at most one of them. */
  private async recordBatch(
    transitions: readonly OrderTransition[],
  ): Promise<(Date | undefined)[]> {
    const recorded = new Map<OrderTransition, Date | undefined>();
    let rest = transitions;
    while (rest.length > 0) {
      const firsts = new Map<string, OrderTransition>();
      for (const transition of rest)
        if (!firsts.has(transition.id)) firsts.set(transition.id, transition);
      const times = await this.orders.record([...firsts.values()]);
      for (const [id, transition] of firsts) {
        recorded.set(transition, times.get(id));
        if (times.has(id)) this.options.activity?.recordTransition(transition);
      }
      rest = rest.filter((transition) => !recorded.has(transition));
    }
    return transitions.map((transition) => recorded.get(transition));
  }
}
