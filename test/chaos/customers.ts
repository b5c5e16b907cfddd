import { setTimeout as sleep } from 'node:timers/promises';
import { times } from '../harness/wait';
import { isStatus, isUnfinished } from './life';
import type { OrdersApi } from './orders-api';
import type { Line, Placement } from './placement';
import type { Random } from '../harness/random';
import type { Answer, ClientRecord } from './record';
import { basketsOf } from './stock';

export interface Habits {
  readonly callers: number;
  /** How long each waits at most before its next order. */
  readonly maxThinkMs: number;
  /** How often each way of placing an order is taken, and what is done with the order then. */
  readonly placing: Readonly<Record<Placing, number>>;
  readonly ending: Readonly<Record<Ending, number>>;
}

type Placing = 'plainly' | 'without a key' | 'twice at once' | 'given up' | 'cancelled meanwhile';
type Ending = 'left' | 'cancelled' | 'fulfilled' | 'both at once' | 'looked at';

export const STORMY: Habits = {
  callers: 32,
  maxThinkMs: 120,
  placing: {
    plainly: 70,
    'without a key': 6,
    'twice at once': 12,
    'given up': 7,
    'cancelled meanwhile': 5,
  },
  ending: { left: 25, cancelled: 28, fulfilled: 25, 'both at once': 12, 'looked at': 10 },
};

const USERS = 300;
const MAX_REPEATS = 4;
/** Somebody who got no answer tries again with the same key, mostly. */
const REPEAT_SHARE = 0.85;
const REPEAT_PENDING_SHARE = 0.3;
const REPLAY_SHARE = 0.04;
const REUSE_SHARE = 0.03;
const MAX_GIVE_UP_MS = 40;
const FOLLOWED_AT_ONCE = 16;
const FOLLOW_EVERY_MS = 200;

const isSettled = (answer: Answer | undefined): boolean =>
  answer !== undefined && answer.httpStatus < 500;

/** Customers who order, repeat, give up, cancel and fulfil, each one request after the other. */
export class Customers {
  private isOver = false;
  private readonly baskets: readonly (readonly Line[])[];

  constructor(
    private readonly api: OrdersApi,
    private readonly record: ClientRecord,
    private readonly random: Random,
    private readonly habits: Habits,
  ) {
    this.baskets = basketsOf(random);
  }

  /** Resolves some time after `stop`, when everybody has their last answer. */
  async run(): Promise<void> {
    const { callers } = this.habits;
    await Promise.all([...times(callers, (index) => this.keepOrdering(index)), this.follow()]);
  }

  stop(): void {
    this.isOver = true;
  }

  private async keepOrdering(home: number): Promise<void> {
    while (!this.isOver) {
      const placement = await this.order(home);
      if (!this.record.unfinished.has(placement)) this.record.letGo(placement);
      await sleep(this.random.between(0, this.habits.maxThinkMs));
    }
  }

  private async order(home: number): Promise<Placement> {
    const { placing, ending } = this.habits;
    const way = this.random.weighted(placing);
    const lines = this.random.pick(this.baskets);
    const userId =
      way === 'cancelled meanwhile'
        ? `hasty-${this.record.placements.length}`
        : `user-${this.random.between(1, USERS)}`;
    const placement = this.record.place(userId, lines, way !== 'without a key');
    await this.place(placement, way, home);
    if (placement.orderId === undefined) return placement;
    await this.end(placement, this.random.weighted(ending), home);
    return placement;
  }

  private async place(placement: Placement, way: Placing, home: number): Promise<void> {
    switch (way) {
      case 'plainly':
        return this.placeUntilAnswered(placement, home);
      case 'without a key':
        // Whoever has no key cannot try again without ordering twice.
        await this.api.place(placement, home);
        return;
      case 'twice at once':
        await Promise.all([this.api.place(placement, home), this.api.place(placement, home + 1)]);
        return this.placeUntilAnswered(placement, home);
      case 'given up': {
        const signal = AbortSignal.timeout(this.random.between(0, MAX_GIVE_UP_MS));
        await this.api.place(placement, home, { signal });
        if (this.random.chance(0.5)) await this.placeUntilAnswered(placement, home + 1);
        return;
      }
      case 'cancelled meanwhile':
        await Promise.all([
          this.placeUntilAnswered(placement, home),
          this.cancelAsSoonAsListed(placement, home + 1),
        ]);
    }
  }

  /** Repeats it with the same key, at the other instance each time, as long as that makes sense. */
  private async placeUntilAnswered(placement: Placement, home: number): Promise<void> {
    for (let attempt = 0; attempt <= MAX_REPEATS; attempt += 1) {
      const answer = await this.api.place(placement, home + attempt);
      const { httpStatus } = answer ?? {};
      if (httpStatus === 202 && !this.random.chance(REPEAT_PENDING_SHARE)) return;
      if (isSettled(answer) && httpStatus !== 202) return this.repeatInVain(placement, home);
      if (!this.random.chance(REPEAT_SHARE)) return;
      await sleep(this.random.between(10, 300));
    }
  }

  /** An order that was answered is the same one ever after, and its key is of no use for another. */
  private async repeatInVain(placement: Placement, home: number): Promise<void> {
    if (this.random.chance(REPLAY_SHARE)) await this.api.place(placement, home + 1);
    if (!this.random.chance(REUSE_SHARE)) return;
    const lines = [...placement.lines, { sku: 'something-else', quantity: 1 }];
    await this.api.place(placement, home + 1, { lines });
  }

  /** From another device, which finds the order before the first has its answer. */
  private async cancelAsSoonAsListed(placement: Placement, at: number): Promise<void> {
    for (let look = 0; look < 5 && placement.orderId === undefined; look += 1) {
      const orders = await this.api.list(placement.userId, at);
      placement.orderId ??= orders.find(({ note }) => note === placement.note)?.id;
    }
    if (placement.orderId !== undefined) await this.api.act(placement, 'cancel', at);
  }

  private async end(placement: Placement, ending: Ending, home: number): Promise<void> {
    switch (ending) {
      case 'left':
        return;
      case 'looked at':
        await this.api.look(placement, home + 1);
        return;
      case 'cancelled':
        return this.actUntilAnswered(placement, 'cancel', home);
      case 'fulfilled':
        return this.actUntilAnswered(placement, 'fulfil', home);
      case 'both at once':
        await Promise.all([
          this.actUntilAnswered(placement, 'cancel', home),
          this.actUntilAnswered(placement, 'fulfil', home + 1),
        ]);
    }
  }

  private async actUntilAnswered(
    placement: Placement,
    operation: 'cancel' | 'fulfil',
    home: number,
  ): Promise<void> {
    for (let attempt = 0; attempt <= MAX_REPEATS; attempt += 1) {
      const answer = await this.api.act(placement, operation, home + attempt);
      if (isSettled(answer) || !this.random.chance(REPEAT_SHARE)) return;
      await sleep(this.random.between(10, 300));
    }
  }

  /** Looks again at what is unfinished, a few at a time, so that it is known when that has ended. */
  private async follow(): Promise<void> {
    for (let at = 0; !this.isOver; at += 1) {
      await sleep(FOLLOW_EVERY_MS);
      const some = [...this.record.unfinished]
        .filter((placement) => !this.record.waiting.has(placement))
        .slice(0, FOLLOWED_AT_ONCE);
      await Promise.all(some.map((placement) => this.lookAgain(placement, at)));
    }
  }

  private async lookAgain(placement: Placement, at: number): Promise<void> {
    const answer = await this.api.look(placement, at);
    const isStill = isStatus(answer?.status) && isUnfinished(answer.status);
    // Those that take long go to the end, so that they do not hide the others.
    if (isStill && this.record.unfinished.delete(placement)) this.record.unfinished.add(placement);
    const { unfinished, waiting } = this.record;
    if (!unfinished.has(placement) && !waiting.has(placement)) this.record.letGo(placement);
  }
}
