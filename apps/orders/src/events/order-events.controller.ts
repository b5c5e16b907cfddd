import { Controller, Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { databaseUnavailable } from '@app/postgres';
import { Allow } from '../access/allow.decorator';
import { ownerOf } from '../access/ownership';
import { principalOf } from '../access/principal.decorator';
import { ApiEvents, ApiLastEventToken } from '../http/api-events';
import { ApiProblems } from '../http/api-problem';
import { anyCallerKeyOf } from '../http/caller-key';
import {
  closeSignal,
  eventText,
  HEARTBEAT,
  RECONNECT_DELAY_MS,
  sendEventStream,
} from '../http/event-stream';
import { EventStreamDto } from '../http/event-stream.dto';
import { tooManyOpenStreams } from '../http/http-errors';
import { logHistoryChanged, positionExpired } from '@app/events';
import { oncePerEvent } from './once-per-event';
import { isOrderEvent, type LogEvent, type OrderLogEvent } from './order-log-event';
import { invalidToken, tooManyFollowers } from './events-errors';
import { type EventStream, EventsService, type StartAt } from './events.service';
import { AnyOrderEventDto, toAnyOrderEventDto } from './order-events.dto';

const EXAMPLE_STREAM = `retry: ${RECONNECT_DELAY_MS}

id: 3f2a9c1e-41-mhx2k9q4

id: 3f2a9c1e-42-mhx2k9r0
data: {"orderId":"01a205e9-7f9d-7672-84c8-648a6e3200e2","seq":1,"event":"PLACED","status":"PENDING","actor":"CUSTOMER","occurredAt":"2026-11-23T12:00:00.000Z"}

`;

@ApiTags('Orders')
@Controller('v1/order-events')
export class OrderEventsController {
  constructor(private readonly events: EventsService) {}

  /**
   * Stream the events of all orders
   * @remarks Streams each event of any order as a server-sent event, from about now or after the event in
   * `Last-Event-ID`: every event once, and those of an order in their order, from any instance. A stream
   * that is resumed in time misses and repeats nothing. Events arrive about 0.2 s after their commit.
   * A customer receives the events of its own orders only.
   * One instance serves at most 1,000 streams of events; the last 250 are for callers with fewer than 20. If a failover loses the last event of a stream,
   * the stream ends with the event `error`, whose data is the problem HISTORY_CHANGED.
   */
  @Allow('customer', 'staff', 'events')
  @Get()
  @ApiLastEventToken()
  @ApiEvents(
    AnyOrderEventDto,
    'Each `data` is an AnyOrderEvent. The first `id` comes without data: the position at which the ' +
      'stream starts. Every 10 s without an event there is a heartbeat: a comment, or an `id` without data ' +
      'if there were other events.',
    EXAMPLE_STREAM,
  )
  @ApiProblems(
    '/v1/order-events',
    invalidToken('Last-Event-ID'),
    logHistoryChanged(),
    positionExpired(41),
    tooManyOpenStreams(),
    tooManyFollowers(),
    databaseUnavailable(),
  )
  async streamEventsOfAllOrders(
    @Headers('Last-Event-ID') lastEventId: string | undefined,
    @Query() { maxSeconds }: EventStreamDto,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const closed = closeSignal(response, maxSeconds);
    const owner = ownerOf(principalOf(request));
    const isWanted = (event: LogEvent): boolean =>
      isOrderEvent(event) && (owner === undefined || owner === event.userId);
    const follower = { closed, owner, isWanted, caller: anyCallerKeyOf(request) };
    const stream = await this.events.follow(startAt(lastEventId), follower);
    await sendEventStream(response, toText(stream), closed);
  }
}

const startAt = (lastEventId: string | undefined): StartAt =>
  lastEventId ? { token: lastEventId, field: 'Last-Event-ID' } : 'now';

const textOf = oncePerEvent((event: OrderLogEvent, token) =>
  eventText(token, toAnyOrderEventDto(event)),
);

async function* toText({ start, pages }: EventStream): AsyncGenerator<string> {
  yield eventText(start);
  let position = start;
  for await (const { events, end } of pages) {
    const texts = events.flatMap(({ event, token }) =>
      isOrderEvent(event) ? [textOf(event, token)] : [],
    );
    // Passes what the client does not get, so that a stream that resumes does not read it again.
    if (texts.length === 0 && position !== end) texts.push(eventText(end));
    position = events.at(-1)?.token ?? end;
    yield texts.join('') || HEARTBEAT;
  }
}
