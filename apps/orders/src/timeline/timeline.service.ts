import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { isFinal } from '../order/lifecycle';
import { orderNotFound } from '../order/order-errors';
import type { OrderEvent } from '../order/order-event';
import { MAX_STREAMS, tooManyStreams } from './timeline-errors';
import { TimelineSubscriptions } from './timeline-subscriptions.service';
import { TimelineRepository } from './timeline.repository';

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
    const [events = []] = await this.timelines.eventsAfter([{ orderId, afterSeq: 0 }], MAX_EVENTS);
    // An order from before there were timelines has no event.
    if (events.length === 0 && !(await this.timelines.orderExists(orderId))) {
      throw orderNotFound(orderId);
    }
    return events;
  }

  /**
   * Streams the events of an order after `afterSeq`, each once and in order, until the order is
   * finished, `closed` aborts, or this instance shuts down. An empty list is a heartbeat. Returns
   * undefined if the order is finished and has no event after `afterSeq`. Throws OVERLOADED if too many
   * streams are open, and ORDER_NOT_FOUND. The stream counts from before the first read of the
   * database until `closed` aborts, so the limit also bounds these reads.
   */
  async stream(
    orderId: string,
    afterSeq: number,
    closed: AbortSignal,
  ): Promise<AsyncGenerator<readonly OrderEvent[]> | undefined> {
    const ended = this.admit(closed);
    if (await this.isFinished(orderId, afterSeq)) return undefined;
    return this.eventsAfter(orderId, afterSeq, ended);
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

  /** Whether the order is finished and has no event after `afterSeq`. */
  private async isFinished(orderId: string, afterSeq: number): Promise<boolean> {
    const last = (await this.list(orderId)).at(-1);
    if (last) return isFinal(last.status) && last.seq <= afterSeq;
    return this.timelines.isFinished(orderId);
  }

  private async *eventsAfter(
    orderId: string,
    afterSeq: number,
    ended: AbortSignal,
  ): AsyncGenerator<readonly OrderEvent[]> {
    let position = { orderId, afterSeq };
    while (!ended.aborted) {
      const events = await this.subscriptions.nextEvents(position, HEARTBEAT_INTERVAL_MS, ended);
      yield events;
      const last = events.at(-1);
      if (last && isFinal(last.status)) return;
      position = { orderId, afterSeq: last?.seq ?? position.afterSeq };
    }
  }
}
