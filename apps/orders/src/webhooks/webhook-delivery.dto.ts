import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { IsPageSize, PAGE_SIZE } from '../http/page-size';
import { splitList } from '../http/query-list';
import { type Delivery, DELIVERY_STATUSES, type DeliveryStatus } from './delivery';
import { WebhookIdDto } from './webhook.dto';

const TIME = { format: 'date-time' };
const DELIVERY_ID = /^[A-Za-z0-9_-]{1,128}$/;
const CURSOR = /^[1-9][0-9]{0,14}$/;
const STATUS = { enum: DELIVERY_STATUSES, enumName: 'DeliveryStatus' };

export class DeliveryIdDto extends WebhookIdDto {
  /**
   * The delivery's id: the `webhook-id` of the event.
   * @example "01a205e9-7f9d-7672-84c8-648a6e3200e2-2"
   */
  @ApiProperty({ pattern: DELIVERY_ID.source })
  @Matches(DELIVERY_ID, {
    message: 'must be the id of a delivery, as GET …/deliveries returns it',
  })
  deliveryId!: string;
}

export class ListDeliveriesDto {
  /** Only deliveries with one of these statuses, separated by commas or in repeated parameters. */
  @ApiProperty({ ...STATUS, isArray: true, minItems: 1 })
  @IsOptional()
  @Transform(({ value }: { value: unknown }) => splitList(value))
  @IsIn(DELIVERY_STATUSES, {
    each: true,
    message: `must be one of ${DELIVERY_STATUSES.join(', ')}`,
  })
  status?: DeliveryStatus[];

  /** `nextCursor` of the previous page, with the same filter. Without it: the first page. */
  @ApiProperty({ pattern: CURSOR.source })
  @IsOptional()
  @Matches(CURSOR, { message: 'must be the nextCursor of an earlier page' })
  cursor?: string;

  /**
   * Maximum number of deliveries in the page, 1 to 100; the default is 20.
   * @example 20
   */
  @ApiProperty(PAGE_SIZE)
  @IsPageSize()
  limit?: number;
}

/** The delivery of one event to one webhook. */
@ApiSchema({ name: 'WebhookDelivery' })
export class DeliveryDto {
  /**
   * The `webhook-id` of the event: the same in every attempt.
   * @example "01a205e9-7f9d-7672-84c8-648a6e3200e2-2"
   */
  @ApiProperty()
  id!: string;

  /**
   * The type of the event.
   * @example "order.confirmed"
   */
  @ApiProperty()
  type!: string;

  /**
   * What the event is about: the id of the order. Events of one key are delivered in their order.
   * @example "01a205e9-7f9d-7672-84c8-648a6e3200e2"
   */
  @ApiProperty()
  key!: string;

  /**
   * RETRYING: waits for `nextAttemptAt`. QUEUED: waits behind an earlier delivery of its key. PARKED: is
   * attempted no more until it is redelivered or discarded, and later ones of its key wait. DELIVERED:
   * received. DISCARDED: given up.
   */
  @ApiProperty(STATUS)
  status!: DeliveryStatus;

  /**
   * Attempts so far.
   * @example 3
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  attempts!: number;

  /** When it is attempted next; null unless it is RETRYING. */
  @ApiProperty({ ...TIME, type: 'string', nullable: true })
  nextAttemptAt!: string | null;

  /** When it was attempted last; null if it was not. */
  @ApiProperty({ ...TIME, type: 'string', nullable: true })
  lastAttemptAt!: string | null;

  /**
   * The HTTP status that the receiver returned last; null if it did not respond.
   * @example 503
   */
  @ApiProperty({ type: 'integer', nullable: true })
  responseCode!: number | null;

  /**
   * What was wrong with the last attempt; null if nothing was.
   * @example "The response was 503"
   */
  @ApiProperty({ type: 'string', nullable: true })
  error!: string | null;
}

@ApiSchema({ name: 'WebhookDeliveryPage' })
export class DeliveryPageDto {
  /** The latest event first. */
  @ApiProperty()
  deliveries!: DeliveryDto[];

  /**
   * Send it as `cursor` to get the next page; null if this is the last one.
   * @example "41"
   */
  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

/** The outcome of a test event. */
@ApiSchema({ name: 'WebhookTest' })
export class WebhookTestDto {
  /**
   * Whether the receiver returned a 2xx status.
   * @example true
   */
  @ApiProperty()
  delivered!: boolean;

  /**
   * The HTTP status that the receiver returned; null if it did not respond.
   * @example 204
   */
  @ApiProperty({ type: 'integer', nullable: true })
  responseCode!: number | null;

  /**
   * What went wrong; null if nothing did.
   * @example null
   */
  @ApiProperty({ type: 'string', nullable: true })
  error!: string | null;

  /**
   * How long the request took, in milliseconds.
   * @example 48
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  durationMs!: number;
}

const textOf = (time: Date | null): string | null => time?.toISOString() ?? null;

export const toDeliveryDto = (delivery: Delivery): DeliveryDto => ({
  id: delivery.id,
  type: delivery.type,
  key: delivery.key,
  status: delivery.status,
  attempts: delivery.attempts,
  nextAttemptAt: textOf(delivery.nextAttemptAt),
  lastAttemptAt: textOf(delivery.lastAttemptAt),
  responseCode: delivery.responseCode,
  error: delivery.error,
});
