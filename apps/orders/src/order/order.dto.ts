import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { LineDto, QUANTITY_SCHEMA, ShortageDto, SKU_SCHEMA } from '@app/contracts';
import { withOpenApi } from '../http/shared-dto';
import {
  CANCEL_REASONS,
  type CancelReason,
  type Order,
  ORDER_STATUSES,
  type OrderStatus,
} from './order';

const TIME = { format: 'date-time' };

/** One line of an order. */
@ApiSchema({ name: 'Item' })
export class ItemDto extends withOpenApi(LineDto) {}

/** An item that could not be reserved, and why. */
@ApiSchema({ name: 'Shortage' })
export class OrderShortageDto extends withOpenApi(ShortageDto) {}

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
  @ApiProperty(SKU_SCHEMA)
  sku?: string;

  /**
   * Only where the order has one item.
   * @example 2
   */
  @ApiProperty(QUANTITY_SCHEMA)
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
  shortages?: OrderShortageDto[];

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
    ...(first && others.length === 0 && { sku: first.sku, quantity: first.quantity }),
    items: [...items],
    ...(cancelReason && { cancelReason }),
    ...(shortages.length > 0 && { shortages: [...shortages] }),
    ...(parkedAt && { parkedAt: parkedAt.toISOString() }),
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
};
