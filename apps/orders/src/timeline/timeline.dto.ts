import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, Max, Min } from 'class-validator';
import { IsPageSize, MAX_PAGE_SIZE, PAGE_SIZE, wholeNumber } from '../http/page-size';
import { ORDER_STATUSES, type OrderStatus } from '../order/lifecycle';
import {
  type Actor,
  ACTORS,
  ORDER_EVENTS,
  type OrderEvent,
  type OrderEventName,
} from '../order/order-event';

@ApiSchema({ name: 'OrderEvent' })
export class OrderEventDto {
  /**
   * Position in the timeline: 1, 2, 3 … without a gap. Also the id of the server-sent event.
   * @example 2
   */
  @ApiProperty({ type: 'integer', minimum: 1 })
  seq!: number;

  /**
   * A status that the order reached (CONFIRMED also after REDUCING), or: PLACED; NO_ANSWER (Inventory did not respond in time; Orders
   * will retry); REFUSED (Inventory returned an error; Orders will retry); PARKED (Inventory returned
   * too many errors; Orders retries only on `POST …/retry`); RETRIED (by `POST …/retry`).
   * @example "CONFIRMED"
   */
  @ApiProperty({ enum: ORDER_EVENTS })
  event!: OrderEventName;

  /**
   * The order's status after the event.
   * @example "CONFIRMED"
   */
  @ApiProperty({ enum: ORDER_STATUSES, enumName: 'OrderStatus' })
  status!: OrderStatus;

  /**
   * What caused the event. CUSTOMER: a request. SYSTEM: the service itself, which retries calls and
   * cancels orders whose accept-by time has passed. STAFF and ADMIN are reserved.
   * @example "CUSTOMER"
   */
  @ApiProperty({ enum: ACTORS })
  actor!: Actor;

  /**
   * Number of the attempt at the call to Inventory, from 1. Absent without a call.
   * @example 1
   */
  @ApiProperty({ type: 'integer', minimum: 1 })
  attempt?: number;

  /**
   * Duration of that call in milliseconds. Absent without a call.
   * @example 7
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  durationMs?: number;

  /**
   * The outcome that Inventory reported, the reason of its error, or the cancel reason.
   * @example "HELD"
   */
  @ApiProperty()
  reason?: string;

  /**
   * Time of the event, by the database's clock.
   * @example "2026-11-23T12:00:00.012Z"
   */
  @ApiProperty({ format: 'date-time' })
  occurredAt!: string;
}

@ApiSchema({ name: 'Timeline' })
export class TimelineDto {
  /** Oldest first. Empty for an order from a version without timelines. */
  @ApiProperty()
  events!: OrderEventDto[];

  /** The `cursor` of the next page: the `seq` of the last event. Null on the last page. */
  @ApiProperty({ type: 'integer', nullable: true })
  nextCursor!: number | null;
}

/** An event has at most nine digits, as in `Last-Event-ID`. */
const MAX_SEQ = 999_999_999;
const CURSOR_FAULT = 'must be the nextCursor of an earlier page';

export class ListEventsDto {
  /**
   * `nextCursor` of the previous page. Without it, or with 0: the first page.
   * @example 0
   */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: MAX_SEQ })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => wholeNumber(value))
  @Min(0, { message: CURSOR_FAULT })
  @Max(MAX_SEQ, { message: CURSOR_FAULT })
  cursor?: number;

  /**
   * Maximum number of events in the page, 1 to 100; the default is 100.
   * @example 100
   */
  @ApiProperty({ ...PAGE_SIZE, default: MAX_PAGE_SIZE })
  @IsPageSize()
  limit?: number;
}

export const toOrderEventDto = (orderEvent: OrderEvent): OrderEventDto => {
  const { seq, event, status, actor, attempt, durationMs, reason, occurredAt } = orderEvent;
  return {
    seq,
    event,
    status,
    actor,
    ...(attempt !== null && { attempt }),
    ...(durationMs !== null && { durationMs }),
    ...(reason !== null && { reason }),
    occurredAt: occurredAt.toISOString(),
  };
};
