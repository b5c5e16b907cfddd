import { Controller, Get, Header, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { logHistoryChanged, positionExpired } from '@app/events';
import { type CallerSignal, databaseUnavailable } from '@app/postgres';
import { Allow } from '../access/allow.decorator';
import { asksForStream } from '../http/request-class';
import { ApiEventLog, ApiLastEventToken } from '../http/api-events';
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
import { tooManyOpenStreams } from '../http/http-errors';
import { MAX_PAGE_SIZE } from '../http/page-size';
import { invalidToken, tooManyFollowers } from './events-errors';
import {
  EVENT_MODELS,
  EVENT_REF,
  type EventDto,
  EventPageDto,
  FollowEventsDto,
  toEventDto,
} from './events.dto';
import {
  type EventFollower,
  type EventStream,
  EventsService,
  type StartAt,
  type TokenPage,
} from './events.service';
import { oncePerEvent } from './once-per-event';
import { type EventType, type LogEvent, toPublicEvent } from './order-log-event';

const EXAMPLE_STREAM = `retry: ${RECONNECT_DELAY_MS}

id: 3f2a9c1e-41-mhx2k9q4

id: 3f2a9c1e-42-mhx2k9r0
data: {"eventId":"01a205e9-7f9d-7672-84c8-648a6e3200e2.1","type":"order.placed","time":"2026-11-23T12:00:00.000Z","orderId":"01a205e9-7f9d-7672-84c8-648a6e3200e2","userId":"u-1","status":"PENDING","items":[{"sku":"burger","quantity":1}],"sku":"burger","quantity":1,"position":"3f2a9c1e-42-mhx2k9r0"}

`;

/** Events of the log that one response covers, with those that its filter leaves out. */
const PAGE_SIZE = 500;

@ApiTags('Events')
@Controller('v1/events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  /**
   * Follow the event log
   * @remarks Returns what happened to orders, to the stock and to webhooks, as other systems receive it: every committed
   * event once, those of an order and of a SKU in their order, from any instance. Stock events come from
   * Inventory: adjustments, and levels that cross a threshold. With `Accept: application/json`, the response has the
   * events after a position and `next` for the next request; with `waitSeconds` it waits for the first
   * event. With `Accept: text/event-stream`, the response is a stream without end, which resumes after
   * `Last-Event-ID` or `after`. Events are kept for 7 days by default; a position from before that gets
   * 410. One instance serves at most 1,000 streams and waiting requests at a time; the last 250 are for callers
   * with fewer than 20.
   */
  @Allow('events')
  @Get()
  @Header('Vary', 'Accept')
  @ApiLastEventToken()
  @ApiEventLog(EventPageDto, EVENT_REF, EVENT_MODELS, EXAMPLE_STREAM)
  @ApiProblems(
    '/v1/events',
    invalidToken('after'),
    logHistoryChanged(),
    positionExpired(41),
    tooManyOpenStreams(),
    tooManyFollowers(),
    databaseUnavailable(),
  )
  async followEvents(
    @Headers('Last-Event-ID') lastEventId: string | undefined,
    @Query() query: FollowEventsDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
    @Caller() caller: CallerSignal,
  ): Promise<EventPageDto | undefined> {
    const filter = filterOf(query.types);
    const isStream = asksForStream(request);
    const closed = closeSignal(response, maxSecondsOf(query, isStream));
    const start = startAt(query.after, lastEventId);
    const follower = { closed, caller: anyCallerKeyOf(request) };
    if (!isStream) return this.readPage(start, query, filter, { caller, follower });
    const stream = await this.events.follow(start, follower);
    await sendEventStream(response, toText(stream, filter), closed);
    return undefined;
  }

  /** Reads the events that exist, or waits for the first. One that is far behind gets an empty page. */
  private async readPage(
    start: StartAt,
    { limit = MAX_PAGE_SIZE, waitSeconds = 0 }: FollowEventsDto,
    filter: EventFilter,
    { caller, follower }: PageClient,
  ): Promise<EventPageDto> {
    const first = await this.events.page(start, PAGE_SIZE, caller);
    const page = toPage(first, filter, limit);
    const hasMore = first.events.length === PAGE_SIZE;
    if (page.events.length > 0 || hasMore || waitSeconds === 0) return page;
    const { pages } = await this.events.follow(startAt(page.next), follower);
    for await (const each of pages) {
      const { events, next } = toPage(each, filter, limit);
      page.next = next;
      if (events.length > 0) return { events, next };
    }
    return page;
  }
}

/** Who waits for a page. */
interface PageClient {
  /** Aborts when the client has gone. */
  readonly caller: CallerSignal;
  /** Its signal aborts also when the time to wait is over, which must not fail a read that waits for its turn. */
  readonly follower: EventFollower;
}

/** How long a stream or a waiting request lasts; undefined if it does not end by time. */
const maxSecondsOf = (
  { maxSeconds, waitSeconds = 0 }: FollowEventsDto,
  isStream: boolean,
): number | undefined => {
  if (isStream) return maxSeconds;
  return waitSeconds > 0 ? waitSeconds : undefined;
};

type EventFilter = (page: TokenPage) => EventDto[];

/** Returns the event as other systems receive it; undefined if they do not. */
const dtoOf = oncePerEvent((event: LogEvent, token) => {
  const publicEvent = toPublicEvent(event);
  return publicEvent && toEventDto(publicEvent, token);
});

const textOf = oncePerEvent((event: EventDto, token) => eventText(token, event));

/** Returns a function that selects the events of a page which other systems receive. */
const filterOf = (types: readonly EventType[] | undefined): EventFilter => {
  const wanted = types && new Set<EventType>(types);
  return ({ events }) =>
    events.flatMap(({ event, token }) => {
      const dto = dtoOf(event, token);
      return dto && (!wanted || wanted.has(dto.type)) ? [dto] : [];
    });
};

const toPage = (page: TokenPage, filter: EventFilter, limit: number): EventPageDto => {
  const found = filter(page);
  const events = found.slice(0, limit);
  const next = found.length > limit ? events.at(-1)?.position : page.end;
  return { events, next: next ?? page.end };
};

const startAt = (after: string | undefined, lastEventId?: string): StartAt => {
  if (lastEventId) return { token: lastEventId, field: 'Last-Event-ID' };
  if (after === undefined) return 'now';
  return after === 'oldest' ? 'oldest' : { token: after, field: 'after' };
};

async function* toText({ start, pages }: EventStream, filter: EventFilter): AsyncGenerator<string> {
  yield eventText(start);
  let position = start;
  for await (const page of pages) {
    const found = filter(page);
    const texts = found.map((event) => textOf(event, event.position));
    // Passes what the filter left out, so that a stream that resumes does not read it again.
    position = found.at(-1)?.position ?? position;
    if (position !== page.end) texts.push(eventText(page.end));
    position = page.end;
    yield texts.join('') || HEARTBEAT;
  }
}
