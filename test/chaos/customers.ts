import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../harness/random';
import { times } from '../harness/wait';
import type { CustomerBehavior, FollowUp, Placing } from './customer-behavior';
import { isStatus, isUnfinished } from './order-states';
import type { OrdersApi } from './orders-api';
import type { Line, Placement } from './placement';
import type { Answer, ClientRecord } from './record';
import { basketsOf } from './stock';

const USERS = 300;
const MAX_RETRIES = 4;
/** The share of lost answers and errors after which a customer retries with the same key. */
const RETRY_SHARE = 0.85;
const RETRY_PENDING_SHARE = 0.3;
const REPLAY_SHARE = 0.04;
const REUSE_SHARE = 0.03;
const MAX_ABORT_MS = 40;
const MAX_LISTS = 5;
const MAX_FOLLOWED = 16;
const FOLLOW_INTERVAL_MS = 200;

const isConclusive = (answer: Answer | undefined): boolean =>
  answer !== undefined && answer.httpStatus < 500;

/** Callers that place orders, retry, abort, cancel, reduce and fulfill, each one request after the other. */
export class Customers {
  private isOver = false;
  private readonly baskets: readonly (readonly Line[])[];

  constructor(
    private readonly api: OrdersApi,
    private readonly record: ClientRecord,
    private readonly random: Random,
    private readonly behavior: CustomerBehavior,
  ) {
    this.baskets = basketsOf(random);
  }

  /** Resolves after `stop`, when every caller has its last answer. */
  async run(): Promise<void> {
    const { callers } = this.behavior;
    await Promise.all([...times(callers, (index) => this.keepOrdering(index)), this.follow()]);
  }

  stop(): void {
    this.isOver = true;
  }

  private async keepOrdering(home: number): Promise<void> {
    while (!this.isOver) {
      const placement = await this.order(home);
      if (!this.record.unfinished.has(placement)) this.record.compact(placement);
      await sleep(this.random.between(0, this.behavior.maxThinkMs));
    }
  }

  private async order(home: number): Promise<Placement> {
    const placing = this.random.weighted(this.behavior.placing);
    const lines = this.random.pick(this.baskets);
    const userId =
      placing === 'cancelled meanwhile'
        ? `hasty-${this.record.placements.length}`
        : `user-${this.random.between(1, USERS)}`;
    const placement = this.record.place(userId, lines, placing !== 'without a key');
    await this.place(placement, placing, home);
    if (placement.orderId === undefined) return placement;
    await this.followUp(placement, this.random.weighted(this.behavior.followUp), home);
    return placement;
  }

  private async place(placement: Placement, placing: Placing, home: number): Promise<void> {
    switch (placing) {
      case 'once':
        return this.placeUntilAnswered(placement, home);
      case 'without a key':
        // A retry without a key would be a second order.
        await this.api.place(placement, home);
        return;
      case 'twice at once':
        await Promise.all([this.api.place(placement, home), this.api.place(placement, home + 1)]);
        return this.placeUntilAnswered(placement, home);
      case 'aborted': {
        const signal = AbortSignal.timeout(this.random.between(0, MAX_ABORT_MS));
        await this.api.place(placement, home, { signal });
        if (this.random.chance(0.5)) await this.placeUntilAnswered(placement, home + 1);
        return;
      }
      case 'cancelled meanwhile':
        await Promise.all([
          this.placeUntilAnswered(placement, home),
          this.cancelOnceListed(placement, home + 1),
        ]);
    }
  }

  /** Retries with the same key, at the other instance each time, until the answer is conclusive. */
  private async placeUntilAnswered(placement: Placement, home: number): Promise<void> {
    for (let attempt = 0; attempt <= MAX_RETRIES; attempt += 1) {
      const answer = await this.api.place(placement, home + attempt);
      const { httpStatus } = answer ?? {};
      if (httpStatus === 202 && !this.random.chance(RETRY_PENDING_SHARE)) return;
      if (isConclusive(answer) && httpStatus !== 202) return this.replayOrReuse(placement, home);
      if (!this.random.chance(RETRY_SHARE)) return;
      await sleep(this.random.between(10, 300));
    }
  }

  /** A replay must return the same order, and another request with the same key must fail. */
  private async replayOrReuse(placement: Placement, home: number): Promise<void> {
    if (this.random.chance(REPLAY_SHARE)) await this.api.place(placement, home + 1);
    if (!this.random.chance(REUSE_SHARE)) return;
    const lines = [...placement.lines, { sku: 'something-else', quantity: 1 }];
    await this.api.place(placement, home + 1, { lines });
  }

  /** Cancels from a second device, which lists the order before the first device has its answer. */
  private async cancelOnceListed(placement: Placement, home: number): Promise<void> {
    for (let list = 0; list < MAX_LISTS && placement.orderId === undefined; list += 1) {
      const orders = await this.api.list(placement.userId, home);
      placement.orderId ??= orders.find(({ note }) => note === placement.note)?.id;
    }
    if (placement.orderId !== undefined) await this.api.request(placement, 'cancel', home);
  }

  private async followUp(placement: Placement, followUp: FollowUp, home: number): Promise<void> {
    switch (followUp) {
      case 'nothing':
        return;
      case 'read':
        await this.api.read(placement, home + 1);
        return;
      case 'cancel':
        return this.requestUntilAnswered(placement, 'cancel', home);
      case 'fulfill':
        return this.requestUntilAnswered(placement, 'fulfill', home);
      case 'cancel and fulfill':
        await Promise.all([
          this.requestUntilAnswered(placement, 'cancel', home),
          this.requestUntilAnswered(placement, 'fulfill', home + 1),
        ]);
        return;
      case 'reduce':
        return this.requestUntilAnswered(placement, 'reduce', home);
      case 'reduce and fulfill':
      case 'reduce and cancel': {
        const other = followUp === 'reduce and fulfill' ? 'fulfill' : 'cancel';
        await Promise.all([
          this.requestUntilAnswered(placement, 'reduce', home),
          this.requestUntilAnswered(placement, other, home + 1),
        ]);
      }
    }
  }

  private async requestUntilAnswered(
    placement: Placement,
    operation: 'cancel' | 'fulfill' | 'reduce',
    home: number,
  ): Promise<void> {
    for (let attempt = 0; attempt <= MAX_RETRIES; attempt += 1) {
      const answer = await this.api.request(placement, operation, home + attempt);
      if (isConclusive(answer) || !this.random.chance(RETRY_SHARE)) return;
      await sleep(this.random.between(10, 300));
    }
  }

  /** Polls unfinished orders, a few at a time, so that the record knows when they are finished. */
  private async follow(): Promise<void> {
    for (let instance = 0; !this.isOver; instance += 1) {
      await sleep(FOLLOW_INTERVAL_MS);
      const some = [...this.record.unfinished]
        .filter((placement) => !this.record.requests.has(placement))
        .slice(0, MAX_FOLLOWED);
      await Promise.all(some.map((placement) => this.poll(placement, instance)));
    }
  }

  private async poll(placement: Placement, instance: number): Promise<void> {
    const { unfinished, requests } = this.record;
    const answer = await this.api.read(placement, instance);
    const isStillUnfinished = isStatus(answer?.status) && isUnfinished(answer.status);
    // Slow orders move to the end of the set, so that the other orders are polled, too.
    if (isStillUnfinished && unfinished.delete(placement)) unfinished.add(placement);
    if (!unfinished.has(placement) && !requests.has(placement)) this.record.compact(placement);
  }
}
