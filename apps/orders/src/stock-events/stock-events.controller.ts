import { Controller, Get, Headers, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Allow } from '../access/allow.decorator';
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
import { tooManyOpenStreams } from '../http/http-errors';
import {
  invalidSkus,
  invalidStockToken,
  stockHistoryChanged,
  tooManyFollowers,
} from './stock-events-errors';
import { FollowStockDto, StockEventDto, toStockEventDto } from './stock-events.dto';
import { type StockEvent, StockEventsService } from './stock-events.service';

const EXAMPLE_STREAM = `retry: ${RECONNECT_DELAY_MS}

id: AbRgXQ4AAAAAAAcBqmKx3R4AAAAAAAAAAAAAAAA
data: {"sku":"burger","available":5,"changedAt":"2026-11-23T12:00:00.000Z"}

`;

@ApiTags('Stock')
@Controller('v1/stock-events')
export class StockEventsController {
  constructor(private readonly events: StockEventsService) {}

  /**
   * Stream the available stock
   * @remarks Streams the available units of up to 100 SKUs as server-sent events: first the present level
   * of each, or what has changed since the event in `Last-Event-ID`, and then each change, about 0.1 s
   * after its commit. A client that reads slowly gets the last level of a SKU instead of each one. A SKU
   * that does not exist yet follows when it does. While Inventory is unavailable, the stream stays open and
   * continues afterwards. If a failover loses the last changes of a stream, it ends with the event `error`,
   * whose data is the problem HISTORY_CHANGED. One instance serves at most 250 such streams; the last 62 are
   * for callers with fewer than 5.
   */
  @Allow('customer', 'staff', 'events')
  @Get()
  @ApiLastEventToken()
  @ApiEvents(
    StockEventDto,
    'Each `data` is a StockEvent. Comments are heartbeats, every 10 s without a change.',
    EXAMPLE_STREAM,
  )
  @ApiProblems(
    '/v1/stock-events?skus=burger',
    invalidSkus(),
    invalidStockToken(),
    stockHistoryChanged(),
    tooManyOpenStreams(),
    tooManyFollowers(),
  )
  async streamStock(
    @Headers('Last-Event-ID') lastEventId: string | undefined,
    @Query() { skus, maxSeconds }: FollowStockDto,
    @Res() response: Response,
  ): Promise<void> {
    const closed = closeSignal(response, maxSeconds);
    const caller = anyCallerKeyOf(response.req);
    const stream = await this.events.follow(skus, lastEventId, caller, closed);
    await sendEventStream(response, toText(stream), closed);
  }
}

async function* toText(stream: AsyncIterable<readonly StockEvent[]>): AsyncGenerator<string> {
  for await (const events of stream) {
    yield events.length === 0
      ? HEARTBEAT
      : events.map(({ change, token }) => eventText(token, toStockEventDto(change))).join('');
  }
}
