import type { Type } from '@nestjs/common';
import { ApiProperty, ApiSchema, getSchemaPath } from '@nestjs/swagger';
import type { SchemaObject } from '@nestjs/swagger/dist/interfaces/open-api-spec.interface';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, Max, Min, MinLength } from 'class-validator';
import { EventStreamDto } from '../http/event-stream.dto';
import { IsPageSize, MAX_PAGE_SIZE, PAGE_SIZE, wholeNumber } from '../http/page-size';
import { splitList } from '../http/query-list';
import {
  OrderCancelledEventDto,
  OrderChangedEventDto,
  OrderConfirmedEventDto,
  OrderFulfilledEventDto,
  OrderParkedEventDto,
  OrderPlacedEventDto,
  OrderRejectedEventDto,
  StockAdjustedEventDto,
  StockLowEventDto,
  StockReplenishedEventDto,
  WebhookDisabledEventDto,
} from './event.dto';
import { EVENT_TYPES, type EventType, type PublicEvent } from './order-log-event';

/** The class of each type of event. */
const EVENT_DTOS = {
  'order.placed': OrderPlacedEventDto,
  'order.confirmed': OrderConfirmedEventDto,
  'order.rejected': OrderRejectedEventDto,
  'order.changed': OrderChangedEventDto,
  'order.cancelled': OrderCancelledEventDto,
  'order.fulfilled': OrderFulfilledEventDto,
  'order.parked': OrderParkedEventDto,
  'stock.adjusted': StockAdjustedEventDto,
  'stock.low': StockLowEventDto,
  'stock.replenished': StockReplenishedEventDto,
  'webhook.disabled': WebhookDisabledEventDto,
} satisfies Record<EventType, Type>;

/** An event as clients receive it. */
export type EventDto = InstanceType<(typeof EVENT_DTOS)[EventType]>;

/** All classes of events, for the OpenAPI document. */
export const EVENT_MODELS: readonly Type[] = Object.values(EVENT_DTOS);

/** The schema `Event`: one of the types. Generated clients tell them apart by `type`. */
export const EVENT_SCHEMA: SchemaObject = {
  description: 'What happened to an order, to the stock, or to a webhook.',
  oneOf: EVENT_MODELS.map((model) => ({ $ref: getSchemaPath(model) })),
  discriminator: {
    propertyName: 'type',
    mapping: Object.fromEntries(
      Object.entries(EVENT_DTOS).map(([type, model]) => [type, getSchemaPath(model)]),
    ),
  },
};

export const EVENT_REF = { $ref: getSchemaPath('Event') };

@ApiSchema({ name: 'EventPage' })
export class EventPageDto {
  /** Oldest first. Empty if none came within `waitSeconds`. */
  @ApiProperty({ type: 'array', items: EVENT_REF })
  events!: EventDto[];

  /**
   * Send it as `after` to get the next events. It also passes events that the filter left out.
   * @example "3f2a9c1e-42-mhx2k9r0"
   */
  @ApiProperty()
  next!: string;
}

const MAX_WAIT_SECONDS = 30;
const WAIT_FAULT = `must be a whole number of seconds from 0 to ${MAX_WAIT_SECONDS}`;

export class FollowEventsDto extends EventStreamDto {
  /** Only events of these types, separated by commas or in repeated parameters. */
  @ApiProperty({ enum: EVENT_TYPES, enumName: 'EventType', isArray: true, minItems: 1 })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => splitList(value))
  @IsIn(EVENT_TYPES, {
    each: true,
    message: `must be one of ${EVENT_TYPES.join(', ')}`,
  })
  types?: EventType[];

  /**
   * Where to begin: after this `position` or `next`. `oldest` begins with the oldest event that is kept,
   * and no value with the next one that is committed.
   * @example "oldest"
   */
  @ApiProperty({ minLength: 1, maxLength: 64 })
  @IsOptional()
  @MinLength(1)
  after?: string;

  /**
   * How long a request for JSON waits if there is no event yet, 0 to 30 seconds; the default is 0.
   * @example 0
   */
  @ApiProperty({ type: 'integer', minimum: 0, maximum: MAX_WAIT_SECONDS, default: 0 })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => wholeNumber(value))
  @Min(0, { message: WAIT_FAULT })
  @Max(MAX_WAIT_SECONDS, { message: WAIT_FAULT })
  waitSeconds?: number;

  /**
   * Maximum number of events in a JSON response, 1 to 100; the default is 100.
   * @example 100
   */
  @ApiProperty({ ...PAGE_SIZE, default: MAX_PAGE_SIZE })
  @IsPageSize()
  limit?: number;
}

/** Returns the event with its place. */
export const toEventDto = (event: PublicEvent, position: string): EventDto =>
  ({ ...event, position }) as EventDto;
