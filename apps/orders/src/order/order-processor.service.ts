import { Inject, Injectable, Logger } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import { GROUP_LIMITS, GroupCommit, OVERLAP } from '@app/postgres';
import { failpoint } from '@app/runtime';
import { ReservationClient } from './reservation.client';
import { CALL_BY_STATUS } from './lifecycle';
import { isUnfinished, type Order, type UnfinishedOrder } from './order';
import type { Actor } from './order-event';
import { OrderRepository } from './order.repository';
import { type Reply, SKIPPED } from './reply';
import {
  applyTransition,
  type OrderTransition,
  transitionFor,
  type TransitionSettings,
} from './order-transition';

export const TRANSITION_SETTINGS = Symbol('STEP_SETTINGS');

/**
 * Makes the call that drives an order on, and writes what it led to: the one path of every order, be
 * it the request that asks, the request repeated, the reconciler, or the reconciler of another instance.
 * All of them at once do no harm, since the calls are idempotent and the writes are guarded.
 */
@Injectable()
export class OrderProcessor {
  private readonly logger = new Logger(OrderProcessor.name);
  private readonly transitions = new GroupCommit<OrderTransition, Date | undefined>(
    (transitions) => this.recordBatch(transitions),
    { what: 'order transitions', ...GROUP_LIMITS, overlap: OVERLAP },
  );

  constructor(
    private readonly orders: OrderRepository,
    private readonly reservations: ReservationClient,
    @Inject(TRANSITION_SETTINGS) private readonly settings: TransitionSettings,
  ) {}

  /** Drives an order on for its customer, who waits until the deadline. Gives how it then stands. */
  async advance(order: UnfinishedOrder, deadline: Date): Promise<Order> {
    const call = CALL_BY_STATUS[order.status];
    failpoint(`${call}.unsent`);
    const startedMs = performance.now();
    const reply = await this.reservations[call](order, deadline);
    failpoint(`${call}.answered`);
    return this.applyReply(order, reply, 'CUSTOMER', startedMs);
  }

  /** Drives on orders that nobody waits for. Gives how many of them moved. */
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
          this.applyReply(order, reply, 'SETTLER', startedMs),
        );
        return advanced !== undefined && advanced.status !== order.status;
      }),
    );
    if (skipped.length > 0) await this.orders.releaseClaims(skipped);
    return moved.filter(Boolean).length;
  }

  /** Moves orders together; one that cannot be moved is in nobody's way. Gives how many moved. */
  async recordAll(transitions: readonly OrderTransition[]): Promise<number> {
    const times = await Promise.all(
      transitions.map((transition) => this.logFailure(transition, () => this.record(transition))),
    );
    return times.filter((at) => at !== undefined).length;
  }

  /** Writes a transition. Gives when; undefined where the order was not as the transition expected. */
  record(transition: OrderTransition): Promise<Date | undefined> {
    return this.transitions.submit(transition);
  }

  /** The order as it stands; undefined where there is none. */
  async find(id: string): Promise<Order | undefined> {
    const [order] = await this.orders.find([id]);
    return order;
  }

  /** An order that is tried again later must not keep others from being tried now. */
  private async logFailure<Result>(
    { id }: Pick<Order, 'id'>,
    work: () => Promise<Result>,
  ): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      const isExpected = error instanceof ServiceError && error.reason !== 'INTERNAL';
      const context = { err: error, orderId: id };
      if (isExpected) this.logger.debug(context, 'A transition was not written for now');
      else this.logger.error(context, 'A transition could not be written');
      return undefined;
    }
  }

  /** Writes what a reply means for an order, unless somebody else has moved it meanwhile. */
  private async applyReply(
    order: UnfinishedOrder,
    reply: Reply,
    actor: Actor,
    startedMs: number,
  ): Promise<Order> {
    const made = { actor, durationMs: Math.round(performance.now() - startedMs) };
    const transition = transitionFor(order, reply, made, this.settings);
    if (!transition) return order;
    const at = await this.record(transition);
    failpoint(`${CALL_BY_STATUS[order.status]}.recorded`);
    return at ? applyTransition(order, transition, at) : ((await this.find(order.id)) ?? order);
  }

  /** An order may meet itself in a group: driven by two at once. One transition of it at a time, then. */
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
      for (const [id, transition] of firsts) recorded.set(transition, times.get(id));
      rest = rest.filter((transition) => !recorded.has(transition));
    }
    return transitions.map((transition) => recorded.get(transition));
  }
}
