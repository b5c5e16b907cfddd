import { Injectable } from '@nestjs/common';
import type { ServiceError } from '@app/errors';
import type { OrderEvent } from '../order/order-event';
import { timelineChanged } from './timeline-errors';
import { type Position, TimelineRepository } from './timeline.repository';

/** Events of one order that are delivered at a time. A slow reader gets the rest with its next read. */
const MAX_EVENTS = 100;
/** Events that one poll reads for all streams of this instance. */
const MAX_POLL_EVENTS = 2_000;

interface Subscription extends Position {
  readonly deliver: (events: readonly OrderEvent[]) => void;
  readonly fail: (error: ServiceError) => void;
}

/**
 * Delivers new events to the streams of this instance: one query per poll for all of them, and none
 * without a stream. It reads committed events, whichever instance wrote them.
 */
@Injectable()
export class TimelineSubscriptions {
  private readonly subscriptions = new Set<Subscription>();

  constructor(private readonly timelines: TimelineRepository) {}

  /**
   * Resolves with the events behind a position as soon as there are any. Resolves with an empty list
   * after `timeoutMs`, or when the signal aborts. Rejects with HISTORY_CHANGED as soon as the event of
   * the position is no longer in the timeline.
   */
  async nextEvents(
    position: Position,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<readonly OrderEvent[]> {
    if (signal.aborted) return [];
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        this.subscriptions.delete(subscription);
        clearTimeout(timer);
        signal.removeEventListener('abort', deliverNone);
      };
      const deliver = (events: readonly OrderEvent[]): void => {
        stop();
        resolve(events);
      };
      const fail = (error: ServiceError): void => {
        stop();
        reject(error);
      };
      const deliverNone = (): void => deliver([]);
      const subscription: Subscription = { ...position, deliver, fail };
      const timer = setTimeout(deliverNone, timeoutMs);
      signal.addEventListener('abort', deliverNone);
      this.subscriptions.add(subscription);
    });
  }

  /** Reads and delivers what is new. Returns false: the next poll may wait for its interval. */
  async poll(): Promise<false> {
    const subscriptions = [...this.subscriptions];
    if (subscriptions.length === 0) return false;
    const share = Math.max(1, Math.floor(MAX_POLL_EVENTS / subscriptions.length));
    const limitEach = Math.min(MAX_EVENTS, share);
    const found = await this.timelines.eventsAfter(subscriptions, limitEach, { isLimited: true });
    subscriptions.forEach(({ orderId, deliver, fail }, index) => {
      const { events = [], isLost = false } = found[index] ?? {};
      if (isLost) fail(timelineChanged(orderId));
      else if (events.length > 0) deliver(events);
    });
    return false;
  }
}
