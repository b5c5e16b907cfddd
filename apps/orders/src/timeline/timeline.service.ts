import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import type { ServiceError } from '@app/errors';
import { isFinal } from '../order/lifecycle';
import { orderNotFound } from '../order/order-errors';
import type { OrderEvent } from '../order/order-event';
import { MAX_STREAMS, timelineChanged, tooManyStreams } from './timeline-errors';
import { TimelineSubscriptions } from './timeline-subscriptions.service';
import { type EventsBehind, type Position, TimelineRepository } from './timeline.repository';

/** Events that one response has at most. An order without a decision gets one every 5 to 10 s. */
const MAX_EVENTS = 10_000;
/** After this time without an event a stream gets a heartbeat, so that proxies keep it open. */
const HEARTBEAT_INTERVAL_MS = 10_000;

/** Reads and streams the timelines of orders. */
@Injectable()
export class TimelineService implements BeforeApplicationShutdown {
  /** One for each open stream; aborting it ends the stream. */
  private readonly streams = new Set<AbortController>();
  private isStopped = false;

  constructor(
    private readonly timelines: TimelineRepository,
    private readonly subscriptions: TimelineSubscriptions,
  ) {}

  beforeApplicationShutdown(): void {
    this.isStopped = true;
    for (const stream of this.streams) stream.abort();
  }

  /** Returns the events of an order so far. Throws ORDER_NOT_FOUND. */
  async list(orderId: string): Promise<OrderEvent[]> {
    const { events, isLost } = await this.eventsBehind({ orderId, afterSeq: 0 }, MAX_EVENTS);
    if (isLost) throw orderNotFound(orderId);
    return events;
  }

  /**
   * Streams the events of an order after `afterSeq`, each once and in order, until the order is
   * finished, `closed` aborts, or this instance shuts down. An empty list is a heartbeat. Returns
   * undefined if the order is finished and has no event after `afterSeq`. Throws OVERLOADED if too many
   * streams are open, ORDER_NOT_FOUND, and HISTORY_CHANGED if the order does not have the event
   * `afterSeq`; the stream throws HISTORY_CHANGED when the order loses the last event of the stream.
   * The stream counts from before the first read of the database until `closed` aborts, so the limit
   * also bounds these reads.
   */
  async stream(
    orderId: string,
    afterSeq: number,
    closed: AbortSignal,
  ): Promise<AsyncGenerator<readonly OrderEvent[]> | undefined> {
    const ended = this.admit(closed);
    const position = await this.startAt(orderId, afterSeq);
    return position && this.eventsAfter(position, ended);
  }

  private admit(closed: AbortSignal): AbortSignal {
    if (this.streams.size >= MAX_STREAMS) throw tooManyStreams();
    if (closed.aborted || this.isStopped) return AbortSignal.abort();
    const stream = new AbortController();
    this.streams.add(stream);
    closed.addEventListener('abort', () => {
      this.streams.delete(stream);
      stream.abort();
    });
    return stream.signal;
  }

  /** Returns where to start, or undefined if the order is finished and has no event after `afterSeq`. */
  private async startAt(orderId: string, afterSeq: number): Promise<Position | undefined> {
    // Read first: a finished order gets no further event.
    const isFinished = await this.timelines.isFinished(orderId);
    const { events, isLost } = await this.eventsBehind({ orderId, afterSeq }, 1);
    if (isLost) throw await this.lostEventError(orderId);
    if (isFinished && events.length === 0) return undefined;
    if (afterSeq === 0) return { orderId, afterSeq };
    const occurredAt = await this.timelines.timeOf(orderId, afterSeq);
    if (!occurredAt) throw timelineChanged(orderId);
    return { orderId, afterSeq, occurredAt };
  }

  private async lostEventError(orderId: string): Promise<ServiceError> {
    const { isLost } = await this.eventsBehind({ orderId, afterSeq: 0 }, 1);
    return isLost ? orderNotFound(orderId) : timelineChanged(orderId);
  }

  private async eventsBehind(position: Position, limit: number): Promise<EventsBehind> {
    const [behind = { events: [], isLost: true }] = await this.timelines.eventsAfter(
      [position],
      limit,
    );
    return behind;
  }

  private async *eventsAfter(
    start: Position,
    ended: AbortSignal,
  ): AsyncGenerator<readonly OrderEvent[]> {
    let position = start;
    while (!ended.aborted) {
      const events = await this.subscriptions.nextEvents(position, HEARTBEAT_INTERVAL_MS, ended);
      yield events;
      const last = events.at(-1);
      if (!last) continue;
      if (isFinal(last.status)) return;
      position = { ...position, afterSeq: last.seq, occurredAt: last.occurredAt };
    }
  }
}
