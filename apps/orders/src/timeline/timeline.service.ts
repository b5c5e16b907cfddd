import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import { isFinal } from '../order/lifecycle';
import { orderNotFound } from '../order/order-answers';
import type { OrderEvent } from '../order/order-event';
import { TimelineSubscriptions } from './timeline-subscriptions.service';
import { TimelineRepository } from './timeline.repository';

/** What is told at a time. An order that gets no answer has a new event every 5 to 10 s. */
const MAX_EVENTS = 10_000;
/** Followers of one instance. Each holds a connection. */
const MAX_FOLLOWERS = 1_000;
/** After so long without news there is a sign of life, so that nobody takes the line for dead. */
const HEARTBEAT_MS = 10_000;

/** What happened to orders, and what happens. */
@Injectable()
export class TimelineService implements BeforeApplicationShutdown {
  /** One for each follower. */
  private readonly following = new Set<AbortController>();
  private stopped = false;

  constructor(
    private readonly timelines: TimelineRepository,
    private readonly subscriptions: TimelineSubscriptions,
  ) {}

  beforeApplicationShutdown(): void {
    this.stopped = true;
    for (const follower of this.following) follower.abort();
  }

  /** Everything that happened to an order so far. */
  async timeline(orderId: string): Promise<OrderEvent[]> {
    const [events = []] = await this.timelines.eventsAfter([{ orderId, afterSeq: 0 }], MAX_EVENTS);
    if (events.length === 0) await this.ensureThereIs(orderId);
    return events;
  }

  /**
   * Follows an order from behind an event: gives what happened since and what happens then, each once
   * and in order, until nothing more can happen. An empty list is a sign of life. Undefined: nothing
   * can happen any more. Ends early when `gone` says so, or this instance is about to end. Takes up a
   * place from the start, so that no more than are let in wait for the database, until `gone` says so:
   * OVERLOADED where there is none.
   */
  async follow(
    orderId: string,
    afterSeq: number,
    gone: AbortSignal,
  ): Promise<AsyncGenerator<readonly OrderEvent[]> | undefined> {
    const over = this.enter(gone);
    return (await this.isOver(orderId, afterSeq)) ? undefined : this.news(orderId, afterSeq, over);
  }

  private enter(gone: AbortSignal): AbortSignal {
    if (this.following.size >= MAX_FOLLOWERS) {
      const message = `Too many follow orders here already (${MAX_FOLLOWERS}). Try again later.`;
      throw new ServiceError('OVERLOADED', message);
    }
    if (gone.aborted || this.stopped) return AbortSignal.abort();
    const follower = new AbortController();
    this.following.add(follower);
    gone.addEventListener('abort', () => {
      this.following.delete(follower);
      follower.abort();
    });
    return follower.signal;
  }

  /** Whether nothing can happen any more behind that event. */
  private async isOver(orderId: string, afterSeq: number): Promise<boolean> {
    const last = (await this.timeline(orderId)).at(-1);
    return last ? isFinal(last.status) && last.seq <= afterSeq : this.timelines.hasEnded(orderId);
  }

  private async *news(
    orderId: string,
    afterSeq: number,
    over: AbortSignal,
  ): AsyncGenerator<readonly OrderEvent[]> {
    let position = { orderId, afterSeq };
    while (!over.aborted) {
      const events = await this.subscriptions.nextEvents(position, HEARTBEAT_MS, over);
      yield events;
      const last = events.at(-1);
      if (last && isFinal(last.status)) return;
      position = { orderId, afterSeq: last?.seq ?? position.afterSeq };
    }
  }

  /** An order that was placed before there were timelines has none. */
  private async ensureThereIs(orderId: string): Promise<void> {
    if (await this.timelines.orderExists(orderId)) return;
    throw orderNotFound(orderId);
  }
}
