import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { type Page, pageOf } from '@app/contracts';
import type { ServiceError } from '@app/errors';
import type { LaneRequest } from '@app/postgres';
import { isFinal } from '../order/lifecycle';
import { OpenStreams } from '../http/open-streams';
import { orderNotFound } from '../order/order-errors';
import type { OrderEvent } from '../order/order-event';
import type { Requester } from '../order/requester';
import { MAX_STREAMS, timelineChanged, tooManyStreams } from './timeline-errors';
import { TimelineSubscriptions } from './timeline-subscriptions.service';
import { type EventsBehind, type Position, TimelineRepository } from './timeline.repository';

/** Events of a finished order that are read at a time. */
const MAX_EVENTS_AT_ONCE = 100;
/** After this time without an event a stream gets a heartbeat, so that proxies keep it open. */
const HEARTBEAT_INTERVAL_MS = 10_000;

/** Reads and streams the timelines of orders. */
@Injectable()
export class TimelineService implements BeforeApplicationShutdown {
  /** One for each open stream; aborting it ends the stream. */
  private readonly streams = new Set<AbortController>();
  private readonly places = new OpenStreams(MAX_STREAMS, tooManyStreams);
  private isStopped = false;

  constructor(
    private readonly timelines: TimelineRepository,
    private readonly subscriptions: TimelineSubscriptions,
  ) {}

  beforeApplicationShutdown(): void {
    this.isStopped = true;
    for (const stream of this.streams) stream.abort();
  }

  /**
   * Returns a page of the events of an order after `afterSeq`, oldest first. Throws ORDER_NOT_FOUND, and
   * HISTORY_CHANGED if the order does not have the event `afterSeq`.
   */
  async page(
    position: Position,
    limit: number,
    by: Requester,
    request: LaneRequest = {},
  ): Promise<Page<OrderEvent, number>> {
    if (by.owner !== undefined) await this.requireOwner(position.orderId, by.owner, request);
    const { events, isLost } = await this.eventsBehind(position, limit + 1, request);
    if (isLost) throw await this.lostEventError(position.orderId, request);
    return pageOf(events, limit, ({ seq }) => seq);
  }

  /**
   * Streams the events of an order after `afterSeq`, each once and in order, until the order is
   * finished, `closed` aborts, or this instance shuts down. An empty list is a heartbeat. Returns
   * undefined if the order is finished and has no event after `afterSeq`. Throws as `OpenStreams.admit`,
   * ORDER_NOT_FOUND, and HISTORY_CHANGED if the order does not have the event
   * `afterSeq`; the stream throws HISTORY_CHANGED when the order loses the last event of the stream.
   * The stream counts from before the first read of the database until `closed` aborts, so the limit
   * also bounds these reads.
   */
  async stream(
    orderId: string,
    afterSeq: number,
    by: Requester,
    caller: string,
    closed: AbortSignal,
  ): Promise<AsyncGenerator<readonly OrderEvent[]> | undefined> {
    const ended = this.admit(caller, closed);
    if (by.owner !== undefined) await this.requireOwner(orderId, by.owner, {});
    // Read first: a finished order gets no further event.
    const isFinished = await this.timelines.isFinished(orderId, {});
    const position = await this.startAt(orderId, afterSeq, isFinished);
    return position && this.eventsAfter(position, isFinished, ended);
  }

  /** Throws ORDER_NOT_FOUND for an order of another customer. The customer of an order never changes. */
  private async requireOwner(orderId: string, owner: string, request: LaneRequest): Promise<void> {
    if (!(await this.timelines.isOwnedBy(orderId, owner, request))) throw orderNotFound(orderId);
  }

  private admit(caller: string, closed: AbortSignal): AbortSignal {
    this.places.admit(caller, closed);
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
  private async startAt(
    orderId: string,
    afterSeq: number,
    isFinished: boolean,
  ): Promise<Position | undefined> {
    const { events, isLost } = await this.eventsBehind({ orderId, afterSeq }, 1, {});
    if (isLost) throw await this.lostEventError(orderId, {});
    if (isFinished && events.length === 0) return undefined;
    if (afterSeq === 0) return { orderId, afterSeq };
    const occurredAt = await this.timelines.timeOf(orderId, afterSeq, {});
    if (!occurredAt) throw timelineChanged(orderId);
    return { orderId, afterSeq, occurredAt };
  }

  private async lostEventError(orderId: string, request: LaneRequest): Promise<ServiceError> {
    const { isLost } = await this.eventsBehind({ orderId, afterSeq: 0 }, 1, request);
    return isLost ? orderNotFound(orderId) : timelineChanged(orderId);
  }

  private async eventsBehind(
    position: Position,
    limit: number,
    request: LaneRequest,
  ): Promise<EventsBehind> {
    const [behind = { events: [], isLost: true }] = await this.timelines.eventsAfter(
      [position],
      limit,
      request,
    );
    return behind;
  }

  /**
   * The last event of a finished order may have another status, if an instance without timelines has
   * finished it. So each time that no event came, the order itself is read.
   */
  private async *eventsAfter(
    start: Position,
    isFinishedAtStart: boolean,
    ended: AbortSignal,
  ): AsyncGenerator<readonly OrderEvent[]> {
    let [position, isFinished] = [start, isFinishedAtStart];
    while (!ended.aborted) {
      const events = isFinished
        ? await this.lastEvents(position)
        : await this.subscriptions.nextEvents(position, HEARTBEAT_INTERVAL_MS, ended);
      if (isFinished && events.length === 0) return;
      yield events;
      const last = events.at(-1);
      if (last && isFinal(last.status)) return;
      if (last) position = { ...position, afterSeq: last.seq, occurredAt: last.occurredAt };
      else isFinished = await this.isFinished(position, ended);
    }
  }

  /** A stream outlasts an outage of the database. */
  private async isFinished({ orderId }: Position, { aborted }: AbortSignal): Promise<boolean> {
    return (
      !aborted && (await this.timelines.isFinished(orderId, { isLimited: true }).catch(() => false))
    );
  }

  /** Returns the next events of a finished order, which nothing changes any more. */
  private async lastEvents(position: Position): Promise<readonly OrderEvent[]> {
    const { events, isLost } = await this.eventsBehind(position, MAX_EVENTS_AT_ONCE, {
      isLimited: true,
    });
    if (isLost) throw timelineChanged(position.orderId);
    return events;
  }
}
