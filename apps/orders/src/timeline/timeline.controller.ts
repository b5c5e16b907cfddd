import { Controller, Get, Headers, HttpStatus, Param, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import type { CancellationSignal } from '@app/batching';
import { ServiceError } from '@app/errors';
import { databaseUnavailable } from '@app/postgres';
import { Allow } from '../access/allow.decorator';
import { ApiEvents } from '../http/api-events';
import { ApiProblems } from '../http/api-problem';
import { Caller } from '../http/caller';
import { anyCallerKeyOf } from '../http/caller-key';
import {
  closeSignal,
  eventText,
  HEARTBEAT,
  RECONNECT_DELAY_MS,
  sendEventStream,
} from '../http/event-stream';
import { EventStreamDto } from '../http/event-stream.dto';
import { overloaded, tooManyOpenStreams } from '../http/http-errors';
import { MAX_PAGE_SIZE } from '../http/page-size';
import { OrderIdDto } from '../order/list-orders.dto';
import { EXAMPLE_ORDER } from '../order/order.examples';
import { invalidOrderId, orderNotFound } from '../order/order-errors';
import type { OrderEvent } from '../order/order-event';
import type { Requester } from '../order/requester';
import { RequestedBy } from '../order/requester.decorator';
import { timelineChanged, tooManyStreams } from './timeline-errors';
import { ListEventsDto, OrderEventDto, TimelineDto, toOrderEventDto } from './timeline.dto';
import { TimelineService } from './timeline.service';

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
  @Allow('customer', 'staff')
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
  async getTimeline(
    @Param() { id }: OrderIdDto,
    @Query() { cursor = 0, limit = MAX_PAGE_SIZE }: ListEventsDto,
    @RequestedBy() by: Requester,
    @Caller() signal: CancellationSignal,
  ): Promise<TimelineDto> {
    const position = { orderId: id, afterSeq: cursor };
    const { items, next } = await this.timelines.page(position, limit, by, { signal });
    return { events: items.map(toOrderEventDto), nextCursor: next ?? null };
  }

  /**
   * Stream an order's events
   * @remarks Streams the timeline as server-sent events, from its beginning or after the event in
   * `Last-Event-ID`, and then each new event: every event once and in order, from any instance. The
   * stream ends when the order is finished. A request after the last event returns 204, which makes an
   * `EventSource` stop reconnecting. If a failover loses the last event of the stream, the stream ends
   * with the event `error`, whose data is the problem HISTORY_CHANGED. One instance streams at most
   * 1,000 timelines at a time; the last 250 are for callers with fewer than 20.
   */
  @Allow('customer', 'staff')
  @Get('events')
  @ApiHeader({
    name: 'Last-Event-ID',
    description:
      'The id of the last event received. An `EventSource` sends it when it reconnects. If the order ' +
      'does not have this event, the response is 409 HISTORY_CHANGED.',
    required: false,
    // Empty means none, as for an `EventSource` that has received no id.
    schema: { type: 'string', pattern: '^[0-9]{0,9}$' },
  })
  @ApiEvents(
    OrderEventDto,
    'Each `data` is an OrderEvent. Comments are heartbeats, every 10 s without an event.',
    EXAMPLE_STREAM,
  )
  @ApiNoContentResponse({
    description: 'The order is finished and has no event after `Last-Event-ID`.',
  })
  @ApiProblems(
    `/v1/orders/${id}/events`,
    invalidOrderId(),
    orderNotFound(id),
    timelineChanged(id),
    tooManyOpenStreams(),
    tooManyStreams(),
    databaseUnavailable(),
  )
  async streamOrderEvents(
    @Param() { id }: OrderIdDto,
    @Headers('Last-Event-ID') lastEventId: string | undefined,
    @Query() { maxSeconds }: EventStreamDto,
    @RequestedBy() by: Requester,
    @Res() response: Response,
  ): Promise<void> {
    const closed = closeSignal(response, maxSeconds);
    const caller = anyCallerKeyOf(response.req);
    const afterSeq = parseLastEventId(lastEventId);
    const stream = await this.timelines.stream(id, afterSeq, by, caller, closed);
    if (!stream) {
      response.status(HttpStatus.NO_CONTENT).end();
      return;
    }
    await sendEventStream(response, toText(stream), closed);
  }
}

async function* toText(stream: AsyncIterable<readonly OrderEvent[]>): AsyncGenerator<string> {
  for await (const events of stream) {
    yield events.length === 0
      ? HEARTBEAT
      : events.map((event) => eventText(event.seq, toOrderEventDto(event))).join('');
  }
}

const parseLastEventId = (lastEventId: string | undefined): number => {
  if (lastEventId === undefined || lastEventId === '') return 0;
  if (/^\d{1,9}$/.test(lastEventId)) return Number(lastEventId);
  const fault = 'must be the id of an event of this order, a whole number';
  throw ServiceError.invalid([{ field: 'Last-Event-ID', fault }]);
};
