import { ApiProperty, ApiSchema } from '@nestjs/swagger';
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
   * Its place in the timeline, from 1, without a gap. Also the id of the server-sent event.
   * @example 2
   */
  @ApiProperty({ type: 'integer', minimum: 1 })
  seq!: number;

  /**
   * A status that the order came to, or: PLACED; NO_ANSWER (Inventory did not answer in time, and is
   * asked again); REFUSED (it answered with an error, and is asked again); PARKED (refused too often,
   * and not asked again by itself); RETRIED (asked again by hand).
   * @example "CONFIRMED"
   */
  @ApiProperty({ enum: ORDER_EVENTS })
  event!: OrderEventName;

  /**
   * The order's status after it.
   * @example "CONFIRMED"
   */
  @ApiProperty({ enum: ORDER_STATUSES })
  status!: OrderStatus;

  /**
   * CUSTOMER: a request did it. SETTLER: the service did, by itself.
   * @example "CUSTOMER"
   */
  @ApiProperty({ enum: ACTORS })
  actor!: Actor;

  /**
   * Which attempt at the call to Inventory it was, from 1; only where a call was made.
   * @example 1
   */
  @ApiProperty({ type: 'integer', minimum: 1 })
  attempt?: number;

  /**
   * How long that call took, in milliseconds.
   * @example 7
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  durationMs?: number;

  /**
   * Why: what Inventory answered, the reason of its error, or of the cancelling.
   * @example "HELD"
   */
  @ApiProperty()
  reason?: string;

  /**
   * When, by the database's clock.
   * @example "2026-11-23T12:00:00.012Z"
   */
  @ApiProperty({ format: 'date-time' })
  occurredAt!: string;
}

@ApiSchema({ name: 'Timeline' })
export class TimelineDto {
  /** The oldest first. Empty for an order from before there were timelines. */
  @ApiProperty()
  events!: OrderEventDto[];
}

export const toOrderEventDto = (happened: OrderEvent): OrderEventDto => {
  const { seq, event, status, actor, attempt, durationMs, reason, occurredAt } = happened;
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
