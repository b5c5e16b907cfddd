import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IsQuantity, IsSku, LIMITS } from '@app/contracts';
import { ORDER_STATUSES, type OrderStatus } from './lifecycle';
import { CANCEL_REASONS, type CancelReason, type Item, type Order, type Shortage } from './order';

/** How the schema shows a SKU and a quantity wherever they occur. */
export const SKU = { pattern: LIMITS.sku.source };
export const QUANTITY = { type: 'integer', minimum: 1, maximum: LIMITS.maxQuantity } as const;

const COUNT = { type: 'integer', minimum: 0 } as const;
const TIME = { format: 'date-time' };

@ApiSchema({ name: 'Item' })
export class ItemDto implements Item {
  /**
   * What is ordered: 1 to 64 characters out of A-Z a-z 0-9 . _ -
   * @example "burger"
   */
  @ApiProperty(SKU)
  @IsSku()
  sku!: string;

  /**
   * How many units, 1 to 1,000,000.
   * @example 2
   */
  @ApiProperty(QUANTITY)
  @IsQuantity()
  quantity!: number;
}

@ApiSchema({ name: 'Shortage' })
export class ShortageDto implements Shortage {
  /**
   * What is short.
   * @example "burger"
   */
  @ApiProperty(SKU)
  sku!: string;

  /**
   * Units asked for, all items of the SKU together.
   * @example 4
   */
  @ApiProperty(COUNT)
  requested!: number;

  /**
   * Units that were available when it was decided.
   * @example 3
   */
  @ApiProperty(COUNT)
  available!: number;

  /**
   * NOT_ENOUGH, or UNKNOWN_SKU where there is no such SKU.
   * @example "NOT_ENOUGH"
   */
  @ApiProperty({ enum: ['NOT_ENOUGH', 'UNKNOWN_SKU'] })
  reason!: 'NOT_ENOUGH' | 'UNKNOWN_SKU';
}

@ApiSchema({ name: 'Order' })
export class OrderDto {
  /**
   * UUIDv7. In Inventory, the order's reservation has the same id.
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
   * As it was ordered; null where there was none.
   * @example "no onions"
   */
  @ApiProperty({ type: 'string', nullable: true })
  note!: string | null;

  /**
   * PENDING until Inventory has decided; then CONFIRMED (its units are held) or CANCELLED. CANCELLING
   * and FULFILLING until Inventory has recorded that its units are given back, or have left;
   * CANCELLED and FULFILLED are final.
   * @example "CONFIRMED"
   */
  @ApiProperty({ enum: ORDER_STATUSES })
  status!: OrderStatus;

  /**
   * Only where the order has one item.
   * @example "burger"
   */
  @ApiProperty(SKU)
  sku?: string;

  /**
   * Only where the order has one item.
   * @example 2
   */
  @ApiProperty(QUANTITY)
  quantity?: number;

  /** As they were ordered. */
  @ApiProperty()
  items!: ItemDto[];

  /**
   * Why it was, or is being, cancelled; only where it is. INSUFFICIENT_STOCK: see `shortages`.
   * REQUESTED: by `POST …/cancel`. ACCEPT_BY_PASSED: it was PENDING for too long (30 s unless
   * configured otherwise). RESERVATION_RELEASED, RESERVATION_MISMATCH: its reservation in Inventory
   * was ended, or used, by somebody else.
   */
  @ApiProperty({ enum: CANCEL_REASONS })
  cancelReason?: CancelReason;

  /** What was short; only where it was cancelled for lack of stock. */
  @ApiProperty()
  shortages?: ShortageDto[];

  /**
   * Since when it is parked; only where it is. Inventory has refused it so often (10 times unless
   * configured otherwise) that it is tried again only on `POST …/retry`. Its timeline says why.
   * @example "2026-11-23T12:00:40.000Z"
   */
  @ApiProperty(TIME)
  parkedAt?: string;

  /**
   * When it was placed, by the database's clock.
   * @example "2026-11-23T12:00:00.000Z"
   */
  @ApiProperty(TIME)
  createdAt!: string;

  /**
   * When something last happened to it, by the database's clock.
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

  /** Give it as `cursor` for the next page. Null: this was the last. */
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
