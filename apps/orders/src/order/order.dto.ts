import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { LineDto, QUANTITY_SCHEMA, ShortageDto, SKU_SCHEMA } from '@app/contracts';
import { withOpenApi } from '../http/shared-dto';
import { ORDER_STATUSES, type OrderStatus } from './lifecycle';
import { CANCEL_REASONS, type CancelReason, type Order } from './order';
import type { OrderMetadata } from './order-metadata';

const TIME = { format: 'date-time' };

/** Metadata of the examples in the OpenAPI document. */
export const EXAMPLE_METADATA = { channel: 'app', 'table.number': '12' };

/** One line of an order. */
@ApiSchema({ name: 'Item' })
export class ItemDto extends withOpenApi(LineDto) {}

/** An item that could not be reserved, and why. */
@ApiSchema({ name: 'Shortage' })
export class OrderShortageDto extends withOpenApi(ShortageDto) {}

@ApiSchema({ name: 'Order' })
export class OrderDto {
  /**
   * UUIDv7. The order's reservation in Inventory has the same id.
   * @example "01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55"
   */
  @ApiProperty({ format: 'uuid' })
  id!: string;

  /**
   * Your id for the customer.
   * @example "u-1"
   */
  @ApiProperty()
  userId!: string;

  /**
   * As it was sent, in Unicode normalization form C; null without one.
   * @example "no onions"
   */
  @ApiProperty({ type: 'string', nullable: true })
  note!: string | null;

  /**
   * Your own id for the order, in Unicode normalization form C; absent without one.
   * @example "shop-1042"
   */
  @ApiProperty({ minLength: 1, maxLength: 128 })
  externalId?: string;

  /** Your own texts about the order, in Unicode normalization form C; absent without any. */
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string' },
    example: EXAMPLE_METADATA,
  })
  metadata?: OrderMetadata;

  /**
   * PENDING until Inventory has decided. Then CONFIRMED (Inventory holds its units) or CANCELLED.
   * REDUCING until Inventory has returned the units that the order no longer has, and then CONFIRMED.
   * CANCELLING until Inventory has released its units, and FULFILLING until Inventory has taken them out
   * of the stock. CANCELLED and FULFILLED are final.
   * @example "CONFIRMED"
   */
  @ApiProperty({ enum: ORDER_STATUSES, enumName: 'OrderStatus' })
  status!: OrderStatus;

  /**
   * The SKU of an order with one item; absent otherwise.
   * @example "burger"
   */
  @ApiProperty(SKU_SCHEMA)
  sku?: string;

  /**
   * The units of an order with one item; absent otherwise.
   * @example 2
   */
  @ApiProperty(QUANTITY_SCHEMA)
  quantity?: number;

  /** The items as they were sent. After `PATCH`: what is left of them. */
  @ApiProperty()
  items!: ItemDto[];

  /** The items as they were sent, if `PATCH` has reduced them; absent otherwise. */
  @ApiProperty()
  originalItems?: ItemDto[];

  /**
   * Why the order was, or is being, cancelled; absent otherwise. INSUFFICIENT_STOCK: see `shortages`.
   * REQUESTED: by `POST …/cancel`. ACCEPT_BY_PASSED: it was PENDING for too long (30 s unless
   * configured otherwise). EXPIRED: it was CONFIRMED for too long (only if configured).
   * RESERVATION_RELEASED: its reservation was ended in Inventory by another
   * client. RESERVATION_MISMATCH: its id was used in Inventory for other items.
   */
  @ApiProperty({ enum: CANCEL_REASONS, enumName: 'CancelReason' })
  cancelReason?: CancelReason;

  /** Every SKU that was short, if the order was cancelled for lack of stock; absent otherwise. */
  @ApiProperty()
  shortages?: OrderShortageDto[];

  /**
   * Since when the order is parked; absent otherwise. Inventory rejected its call 10 times (unless
   * configured otherwise), and Orders repeats it only after `POST …/retry`. The timeline has the reasons.
   * @example "2026-11-23T12:00:40.000Z"
   */
  @ApiProperty(TIME)
  parkedAt?: string;

  /**
   * When the order was placed, by the database's clock.
   * @example "2026-11-23T12:00:00.000Z"
   */
  @ApiProperty(TIME)
  createdAt!: string;

  /**
   * Time of the order's last event, by the database's clock.
   * @example "2026-11-23T12:00:00.012Z"
   */
  @ApiProperty(TIME)
  updatedAt!: string;
}

@ApiSchema({ name: 'OrderPage' })
export class OrderPageDto {
  /** In the order of the list. May be fewer than `limit`, even none, although another page follows. */
  @ApiProperty()
  orders!: OrderDto[];

  /** The `cursor` of the next page. Null on the last page. */
  @ApiProperty({ type: 'string', maxLength: 53, nullable: true })
  nextCursor!: string | null;
}

export const toOrderDto = (order: Order): OrderDto => {
  const { id, userId, note, externalId, metadata, status, items, originalItems } = order;
  const { cancelReason, shortages, parkedAt } = order;
  const [first, ...others] = items;
  return {
    id,
    userId,
    note,
    ...(externalId !== null && { externalId }),
    ...(metadata && { metadata }),
    status,
    ...(first && others.length === 0 && { sku: first.sku, quantity: first.quantity }),
    items: [...items],
    ...(originalItems && { originalItems: [...originalItems] }),
    ...(cancelReason && { cancelReason }),
    ...(shortages.length > 0 && { shortages: [...shortages] }),
    ...(parkedAt && { parkedAt: parkedAt.toISOString() }),
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
};
