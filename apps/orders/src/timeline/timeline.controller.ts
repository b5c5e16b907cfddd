import { once } from 'node:events';
import { Controller, Get, Headers, HttpStatus, Param, Res } from '@nestjs/common';
import {
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiProduces,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { ServiceError } from '@app/errors';
import { ApiProblems, DATABASE_UNAVAILABLE, OVERLOADED } from '../http/api-problem';
import { OrderIdDto } from '../order/list-orders.dto';
import { EXAMPLE_ORDER } from '../order/order.examples';
import { INVALID_ID, NOT_FOUND } from '../order/order.problems';
import type { OrderEvent } from '../order/order-event';
import { TimelineDto, toOrderEventDto } from './timeline.dto';
import { TimelineService } from './timeline.service';

/** When an `EventSource` whose stream has ended asks again. */
const RECONNECT_AFTER_MS = 1_000;

/** Who takes nothing of a full stream for so long is cut off, and may ask again. */
const TAKES_WITHIN_MS = 5_000;

const EXAMPLE_STREAM = `retry: ${RECONNECT_AFTER_MS}

id: 1
data: {"seq":1,"event":"PLACED","status":"PENDING","actor":"CUSTOMER","occurredAt":"2026-11-23T12:00:00.000Z"}

id: 2
data: {"seq":2,"event":"CONFIRMED","status":"CONFIRMED","actor":"CUSTOMER","attempt":1,"durationMs":7,"reason":"HELD","occurredAt":"2026-11-23T12:00:00.012Z"}

`;

@ApiTags('Orders')
@Controller('v1/orders/:id')
export class TimelineController {
  constructor(private readonly timelines: TimelineService) {}

  /**
   * What happened to an order
   * @remarks Every step with its time, the attempts at calls to Inventory that led nowhere included.
   */
  @Get('timeline')
  @ApiOkResponse({ type: TimelineDto, description: 'All of it so far, the oldest first.' })
  @ApiProblems(
    `/v1/orders/${EXAMPLE_ORDER.id}/timeline`,
    INVALID_ID,
    NOT_FOUND,
    OVERLOADED,
    DATABASE_UNAVAILABLE,
  )
  async timeline(@Param() { id }: OrderIdDto): Promise<TimelineDto> {
    const events = await this.timelines.timeline(id);
    return { events: events.map(toOrderEventDto) };
  }

  /**
   * What happens to an order, live
   * @remarks The timeline as server-sent events, from its beginning or from behind the event that
   * `Last-Event-ID` names, and then as it goes on: each event once and in order, whichever instance
   * you ask. The stream ends when nothing more can happen; asked again then, the answer is 204, at
   * which an `EventSource` stops asking.
   */
  @Get('events')
  @ApiHeader({
    name: 'Last-Event-ID',
    description: 'The last event that you have seen; an `EventSource` sends it by itself.',
    required: false,
    schema: { type: 'integer', minimum: 0 },
  })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({
    description: 'Each `data` is an OrderEvent. Comments are signs of life, every 10 s.',
    schema: { type: 'string', example: EXAMPLE_STREAM },
  })
  @ApiNoContentResponse({ description: 'Nothing more can happen after that event.' })
  @ApiProblems(
    `/v1/orders/${EXAMPLE_ORDER.id}/events`,
    INVALID_ID,
    NOT_FOUND,
    {
      reason: 'OVERLOADED',
      detail: 'Too many follow orders here already (1000). Try again later.',
    },
    DATABASE_UNAVAILABLE,
  )
  async events(
    @Param() { id }: OrderIdDto,
    @Headers('Last-Event-ID') lastEventId: string | undefined,
    @Res() response: Response,
  ): Promise<void> {
    const gone = new AbortController();
    const { socket } = response.req;
    const hangUp = (): void => gone.abort();
    socket.once('close', hangUp);
    response.once('close', () => {
      socket.off('close', hangUp);
      hangUp();
    });
    // Whoever asks for the headers alone would get them when the stream has ended.
    if (response.req.method === 'HEAD') hangUp();
    const news = await this.timelines.follow(id, seqOf(lastEventId), gone.signal);
    if (!news) {
      response.status(HttpStatus.NO_CONTENT).end();
      return;
    }
    response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    // Reverse proxies would gather a stream until it is worth while.
    response.set('X-Accel-Buffering', 'no');
    response.write(`retry: ${RECONNECT_AFTER_MS}\n\n`);
    for await (const events of news) {
      const hasRoom = response.write(toStream(events));
      if (!hasRoom && !(await hasTaken(response, gone.signal))) break;
    }
    response.end();
  }
}

const hasTaken = async (response: Response, gone: AbortSignal): Promise<boolean> => {
  const signal = AbortSignal.any([gone, AbortSignal.timeout(TAKES_WITHIN_MS)]);
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
    ? ': still here\n\n'
    : events
        .map((event) => `id: ${event.seq}\ndata: ${JSON.stringify(toOrderEventDto(event))}\n\n`)
        .join('');

const seqOf = (lastEventId: string | undefined): number => {
  if (lastEventId === undefined || lastEventId === '') return 0;
  if (/^\d{1,9}$/.test(lastEventId)) return Number(lastEventId);
  const fault = 'must be the id of an event of this order, a whole number';
  throw ServiceError.invalid([{ field: 'Last-Event-ID', fault }]);
};
