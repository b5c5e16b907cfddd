import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { LineDto, QUANTITY_SCHEMA, ShortageDto, SKU_SCHEMA } from '@app/contracts';
import { withOpenApi } from '../http/shared-dto';
import { ORDER_STATUSES, type OrderStatus } from './lifecycle';
import { CANCEL_REASONS, type CancelReason, type Order } from './order';

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
  @ApiProperty(SKU_SCHEMA)
  sku?: string;

  /**
   * The units of an order with one item; absent otherwise.
   * @example 2
   */
  @ApiProperty(QUANTITY_SCHEMA)
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
  /** Newest first. May be fewer than `limit`, even none, although another page follows. */
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
    ...(first && others.length === 0 && { sku: first.sku, quantity: first.quantity }),
    items: [...items],
    ...(cancelReason && { cancelReason }),
    ...(shortages.length > 0 && { shortages: [...shortages] }),
    ...(parkedAt && { parkedAt: parkedAt.toISOString() }),
    createdAt: order.createdAt.toISOString(),
    updatedAt: order.updatedAt.toISOString(),
  };
};
