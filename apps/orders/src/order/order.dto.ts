import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsQuantity, IsSku, LIMITS } from '@app/contracts';
import { ORDER_STATUSES, type OrderStatus } from './lifecycle';
import { CANCEL_REASONS, type CancelReason, type Item, type Order, type Shortage } from './order';

/** The OpenAPI schemas of a SKU and a quantity. */
export const SKU = { pattern: LIMITS.sku.source };
export const QUANTITY = { type: 'integer', minimum: 1, maximum: LIMITS.maxQuantity } as const;

const COUNT = { type: 'integer', minimum: 0 } as const;
const TIME = { format: 'date-time' };

@ApiSchema({ name: 'Item' })
export class ItemDto implements Item {
  /**
   * The SKU to order: 1 to 64 characters out of A-Z a-z 0-9 . _ -
   * @example "burger"
   */
  @ApiProperty(SKU)
  @IsSku()
  sku!: string;

  /**
   * Units to order, 1 to 1,000,000.
   * @example 2
   */
  @ApiProperty(QUANTITY)
  @IsQuantity()
  quantity!: number;
}

@ApiSchema({ name: 'Shortage' })
export class ShortageDto implements Shortage {
  /**
   * The SKU that is short.
   * @example "burger"
   */
  @ApiProperty(SKU)
  sku!: string;

  /**
   * Units requested, summed over all items of the SKU.
   * @example 4
   */
  @ApiProperty(COUNT)
  requested!: number;

  /**
   * Units that were available when Inventory decided.
   * @example 3
   */
  @ApiProperty(COUNT)
  available!: number;

  /**
   * NOT_ENOUGH: fewer units are available than requested. UNKNOWN_SKU: Inventory does not know the SKU.
   * @example "NOT_ENOUGH"
   */
  @ApiProperty({ enum: ['NOT_ENOUGH', 'UNKNOWN_SKU'] })
  reason!: 'NOT_ENOUGH' | 'UNKNOWN_SKU';
}

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
   * As it was sent; null without one.
   * @example "no onions"
   */
  @ApiProperty({ type: 'string', nullable: true })
  note!: string | null;

  /**
   * PENDING until Inventory has decided. Then CONFIRMED (Inventory holds its units) or CANCELLED.
   * CANCELLING until Inventory has released its units, and FULFILLING until Inventory has taken them out
   * of the stock. CANCELLED and FULFILLED are final.
   * @example "CONFIRMED"
   */
  @ApiProperty({ enum: ORDER_STATUSES })
  status!: OrderStatus;

  /**
   * The SKU of an order with one item; absent otherwise.
   * @example "burger"
   */
  @ApiProperty(SKU)
  sku?: string;

  /**
   * The units of an order with one item; absent otherwise.
   * @example 2
   */
  @ApiProperty(QUANTITY)
  quantity?: number;

  /** The items as they were sent. */
  @ApiProperty()
  items!: ItemDto[];

  /**
   * Why the order was, or is being, cancelled; absent otherwise. INSUFFICIENT_STOCK: see `shortages`.
   * REQUESTED: by `POST …/cancel`. ACCEPT_BY_PASSED: it was PENDING for too long (30 s unless
   * configured otherwise). RESERVATION_RELEASED: its reservation was ended in Inventory by another
   * client. RESERVATION_MISMATCH: its id was used in Inventory for other items.
   */
  @ApiProperty({ enum: CANCEL_REASONS })
  cancelReason?: CancelReason;

  /** Every SKU that was short, if the order was cancelled for lack of stock; absent otherwise. */
  @ApiProperty()
  shortages?: ShortageDto[];

  /**
   * Since when the order is parked; absent otherwise. Inventory rejected its call 10 times (unless
   * configured otherwise), and Orders retries it only on `POST …/retry`. The timeline has the reasons.
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
  /** Newest first. */
  @ApiProperty()
  orders!: OrderDto[];

  /** The `cursor` of the next page. Null on the last page. */
  @ApiProperty({ type: 'string', format: 'uuid', nullable: true })
  nextCursor!: string | null;
}

export const toOrderDto = (order: Order): OrderDto => {
  const { id, userId, note, status, items, cancelReason, shortages, parkedAt } = order;
  const [first, ...others] = items;
  return {
    id,
    userId,
    note,
    status,
    ...(first && others.length === 0 && first),
    items: [...items],
    ...(cancelReason && { cancelReason }),
    ...(shortages.length > 0 && { shortages: [...shortages] }),
    ...(parkedAt && { parkedAt: parkedAt.toISOString() }),
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
};
