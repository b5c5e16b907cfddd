import { once } from 'node:events';
import { Controller, Get, Headers, HttpStatus, Param, Query, Res } from '@nestjs/common';
import {
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import type { CancellationSignal } from '@app/batching';
import { problemOf, ServiceError } from '@app/errors';
import { databaseUnavailable } from '@app/postgres';
import { ApiProblems } from '../http/api-problem';
import { Caller } from '../http/caller';
import { overloaded } from '../http/http-errors';
import { MAX_PAGE_SIZE } from '../http/page-size';
import { OrderIdDto } from '../order/list-orders.dto';
import { EXAMPLE_ORDER } from '../order/order.examples';
import { invalidOrderId, orderNotFound } from '../order/order-errors';
import type { OrderEvent } from '../order/order-event';
import { timelineChanged, tooManyStreams } from './timeline-errors';
import { ListEventsDto, TimelineDto, toOrderEventDto } from './timeline.dto';
import { TimelineService } from './timeline.service';

/** How long an `EventSource` waits before it reconnects. */
const RECONNECT_DELAY_MS = 1_000;

/** A client that reads nothing from a full stream for this long is disconnected. */
const DRAIN_TIMEOUT_MS = 5_000;

const EXAMPLE_STREAM = `retry: ${RECONNECT_DELAY_MS}

id: 1
data: {"seq":1,"event":"PLACED","status":"PENDING","actor":"CUSTOMER","occurredAt":"2026-11-23T12:00:00.000Z"}

id: 2
data: {"seq":2,"event":"CONFIRMED","status":"CONFIRMED","actor":"CUSTOMER","attempt":1,"durationMs":7,"reason":"HELD","occurredAt":"2026-11-23T12:00:00.012Z"}

`;

const { id } = EXAMPLE_ORDER;

@ApiTags('Orders')
@Controller('v1/orders/:id')
export class TimelineController {
  constructor(private readonly timelines: TimelineService) {}

  /**
   * Read an order's timeline
   * @remarks Returns every event of the order with its time, including failed attempts at calls to
   * Inventory, oldest first and page by page. Most orders have fewer events than one page.
   */
  @Get('timeline')
  @ApiOkResponse({ type: TimelineDto, description: 'A page of the events so far, oldest first.' })
  @ApiProblems(
    `/v1/orders/${id}/timeline`,
    invalidOrderId(),
    orderNotFound(id),
    timelineChanged(id),
    overloaded(),
    databaseUnavailable(),
  )
  async timeline(
    @Param() { id }: OrderIdDto,
    @Query() { cursor = 0, limit = MAX_PAGE_SIZE }: ListEventsDto,
    @Caller() signal: CancellationSignal,
  ): Promise<TimelineDto> {
    const position = { orderId: id, afterSeq: cursor };
    const { items, next } = await this.timelines.page(position, limit, { signal });
    return { events: items.map(toOrderEventDto), nextCursor: next ?? null };
  }

  /**
   * Stream an order's events
   * @remarks Streams the timeline as server-sent events, from its beginning or after the event in
   * `Last-Event-ID`, and then each new event: every event once and in order, from any instance. The
   * stream ends when the order is finished. A request after the last event returns 204, which makes an
   * `EventSource` stop reconnecting. If a failover loses the last event of the stream, the stream ends
   * with the event `error`, whose data is the problem HISTORY_CHANGED. One instance streams at most 1,000 timelines at a time.
   */
  @Get('events')
  @ApiHeader({
    name: 'Last-Event-ID',
    description:
      'The id of the last event received. An `EventSource` sends it when it reconnects. If the order ' +
      'does not have this event, the response is 409 HISTORY_CHANGED.',
    required: false,
    schema: { type: 'integer', minimum: 0 },
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description:
      'Each `data` is an OrderEvent. Comments are heartbeats, every 10 s without an event.',
    schema: { type: 'string', example: EXAMPLE_STREAM },
  })
  @ApiNoContentResponse({
    description: 'The order is finished and has no event after `Last-Event-ID`.',
  })
  @ApiProblems(
    `/v1/orders/${id}/events`,
    invalidOrderId(),
    orderNotFound(id),
    timelineChanged(id),
    tooManyStreams(),
    databaseUnavailable(),
  )
  async events(
    @Param() { id }: OrderIdDto,
    @Headers('Last-Event-ID') lastEventId: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const closed = closeSignal(response);
    const stream = await this.timelines.stream(id, parseLastEventId(lastEventId), closed);
    if (!stream) {
      response.status(HttpStatus.NO_CONTENT).end();
      return;
    }
    response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    // Keeps reverse proxies from buffering the stream.
    response.set('X-Accel-Buffering', 'no');
    response.write(`retry: ${RECONNECT_DELAY_MS}\n\n`);
    try {
      for await (const events of stream) {
        const hasRoom = response.write(toStream(events));
        if (!hasRoom && !(await waitForDrain(response, closed))) break;
      }
    } catch (error) {
      // The status is sent already, so the reason follows as an event.
      if (!(error instanceof ServiceError)) throw error;
      response.write(toErrorEvent(error, response.req.originalUrl));
    }
    response.end();
  }
}

/** Aborts when the client disconnects or ends its side of the connection, or the response is complete. */
const closeSignal = (response: Response): AbortSignal => {
  const closed = new AbortController();
  const { socket, method } = response.req;
  const abort = (): void => closed.abort();
  const events = ['close', 'end'] as const;
  for (const event of events) socket.once(event, abort);
  response.once('close', () => {
    for (const event of events) socket.off(event, abort);
    abort();
  });
  // Node sends the headers of a HEAD response only when the response ends.
  if (method === 'HEAD' || socket.readableEnded) abort();
  return closed.signal;
};

/** Returns whether the client has read the buffered events. Disconnects it if it has not in time. */
const waitForDrain = async (response: Response, closed: AbortSignal): Promise<boolean> => {
  const signal = AbortSignal.any([closed, AbortSignal.timeout(DRAIN_TIMEOUT_MS)]);
  try {
    await once(response, 'drain', { signal });
    return true;
  } catch {
    response.destroy();
    return false;
  }
};

const toStream = (events: readonly OrderEvent[]): string =>
  events.length === 0
    ? ': heartbeat\n\n'
    : events
        .map((event) => `id: ${event.seq}\ndata: ${JSON.stringify(toOrderEventDto(event))}\n\n`)
        .join('');

const toErrorEvent = (error: ServiceError, instance: string): string =>
  `event: error\ndata: ${JSON.stringify(problemOf(error, instance))}\n\n`;

const parseLastEventId = (lastEventId: string | undefined): number => {
  if (lastEventId === undefined || lastEventId === '') return 0;
  if (/^\d{1,9}$/.test(lastEventId)) return Number(lastEventId);
  const fault = 'must be the id of an event of this order, a whole number';
  throw ServiceError.invalid([{ field: 'Last-Event-ID', fault }]);
};
