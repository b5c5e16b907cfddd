import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { LineDto, ShortageDto } from '@app/contracts';
import { ORDER_STATUSES, type OrderStatus } from '../order/lifecycle';
import { CANCEL_REASONS, type CancelReason } from '../order/order';
import type { EventType } from './order-log-event';
import { DISABLED_REASONS, type DisabledReason } from './webhook-log-event';

/** The schema of the field by which clients tell the types of events apart. */
const typeOf = (type: EventType) => ({ type: 'string' as const, enum: [type] });

const CANCEL_REASON = { enum: CANCEL_REASONS, enumName: 'CancelReason' };

/** What every event has, over HTTP and from the sinks of events. */
class AnyEventDto {
  /**
   * The same in every delivery of the event: with it, a receiver recognizes a repeated one.
   * @example "01a205e9-7f9d-7672-84c8-648a6e3200e2.2"
   */
  @ApiProperty()
  eventId!: string;

  /**
   * Time of the event, by the database's clock.
   * @example "2026-11-23T12:00:00.012Z"
   */
  @ApiProperty({ format: 'date-time' })
  time!: string;

  /**
   * The place of the event in the log. Send it as `after` or `Last-Event-ID` to continue behind it. Take it
   * as it is, since its form may change.
   * @example "3f2a9c1e-42-mhx2k9r0"
   */
  @ApiProperty()
  position!: string;
}

/** What every event of an order has. */
class AnyOrderDto extends AnyEventDto {
  /**
   * The order. The events of an order come in their order.
   * @example "01a205e9-7f9d-7672-84c8-648a6e3200e2"
   */
  @ApiProperty({ format: 'uuid' })
  orderId!: string;

  /**
   * The customer. After an erasure, the pseudonym that replaced the id.
   * @example "u-1"
   */
  @ApiProperty()
  userId!: string;

  /**
   * Your own id of the order. Absent if it has none.
   * @example "shop-4711"
   */
  @ApiProperty()
  externalId?: string;

  /**
   * The `Idempotency-Key` of the request that placed the order, or the id of the command that did. Absent
   * without one.
   * @example "8e03978e-40d5-43dd-bc93-6894a57f9324"
   */
  @ApiProperty()
  idempotencyKey?: string;

  /** The order's status after the event. */
  @ApiProperty({ enum: ORDER_STATUSES, enumName: 'OrderStatus' })
  status!: OrderStatus;

  /** The items as they were at the time of the event: after a reduction, what it left of them. */
  @ApiProperty()
  items!: LineDto[];

  /**
   * Of an order with a single item: its SKU.
   * @example "burger"
   */
  @ApiProperty()
  sku?: string;

  /**
   * Of an order with a single item: its units.
   * @example 1
   */
  @ApiProperty({ type: 'integer', minimum: 1 })
  quantity?: number;
}

/** Orders has stored the order. */
@ApiSchema({ name: 'OrderPlacedEvent' })
export class OrderPlacedEventDto extends AnyOrderDto {
  /** The type of the event. */
  @ApiProperty(typeOf('order.placed'))
  type!: 'order.placed';
}

/** Inventory holds the units of the order. */
@ApiSchema({ name: 'OrderConfirmedEvent' })
export class OrderConfirmedEventDto extends AnyOrderDto {
  /** The type of the event. */
  @ApiProperty(typeOf('order.confirmed'))
  type!: 'order.confirmed';

  /** Whether Inventory holds the units: always true. */
  @ApiProperty()
  reserved!: boolean;
}

/** Inventory does not have enough units for the order. */
@ApiSchema({ name: 'OrderRejectedEvent' })
export class OrderRejectedEventDto extends AnyOrderDto {
  /** The type of the event. */
  @ApiProperty(typeOf('order.rejected'))
  type!: 'order.rejected';

  /** Whether Inventory holds the units: always false. */
  @ApiProperty()
  reserved!: boolean;

  /** Why the order was rejected. */
  @ApiProperty(CANCEL_REASON)
  reason!: CancelReason;

  /** The items that exceeded the stock. */
  @ApiProperty()
  shortages!: ShortageDto[];
}

/** The order has been reduced. `items` is what is left. */
@ApiSchema({ name: 'OrderChangedEvent' })
export class OrderChangedEventDto extends AnyOrderDto {
  /** The type of the event. */
  @ApiProperty(typeOf('order.changed'))
  type!: 'order.changed';

  /** Whether Inventory holds the units that are left: always true. */
  @ApiProperty()
  reserved!: boolean;
}

/** The order is cancelled, and Inventory holds no units for it. */
@ApiSchema({ name: 'OrderCancelledEvent' })
export class OrderCancelledEventDto extends AnyOrderDto {
  /** The type of the event. */
  @ApiProperty(typeOf('order.cancelled'))
  type!: 'order.cancelled';

  /** Why the order was cancelled. */
  @ApiProperty(CANCEL_REASON)
  reason!: CancelReason;
}

/** The units of the order have left the stock. */
@ApiSchema({ name: 'OrderFulfilledEvent' })
export class OrderFulfilledEventDto extends AnyOrderDto {
  /** The type of the event. */
  @ApiProperty(typeOf('order.fulfilled'))
  type!: 'order.fulfilled';
}

/** Inventory has rejected the call of the order too often. The order waits for a retry. */
@ApiSchema({ name: 'OrderParkedEvent' })
export class OrderParkedEventDto extends AnyOrderDto {
  /** The type of the event. */
  @ApiProperty(typeOf('order.parked'))
  type!: 'order.parked';

  /**
   * Why Inventory rejected the last call.
   * @example "INSUFFICIENT_STOCK"
   */
  @ApiProperty()
  reason!: string;
}

/** What every event of the stock has. */
class AnyStockDto extends AnyEventDto {
  /**
   * The SKU. The events of a SKU come in their order.
   * @example "burger"
   */
  @ApiProperty()
  sku!: string;
}

/** An adjustment changed the units on hand. */
@ApiSchema({ name: 'StockAdjustedEvent' })
export class StockAdjustedEventDto extends AnyStockDto {
  /** The type of the event. */
  @ApiProperty(typeOf('stock.adjusted'))
  type!: 'stock.adjusted';

  /**
   * The change of the units on hand.
   * @example -3
   */
  @ApiProperty({ type: 'integer' })
  onHandDelta!: number;

  /**
   * The units on hand after it.
   * @example 40
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  onHand!: number;

  /**
   * Why the stock was adjusted.
   * @example "delivery"
   */
  @ApiProperty()
  reason!: string;

  /**
   * Who made the adjustment.
   * @example "warehouse"
   */
  @ApiProperty()
  actor?: string;
}

/** The available units of a SKU have reached the lower limit of its threshold. */
@ApiSchema({ name: 'StockLowEvent' })
export class StockLowEventDto extends AnyStockDto {
  /** The type of the event. */
  @ApiProperty(typeOf('stock.low'))
  type!: 'stock.low';

  /**
   * The available units.
   * @example 9
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  available!: number;

  /**
   * The limit that was reached.
   * @example 10
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  lowAt!: number;
}

/** The available units of a SKU have reached the upper limit of its threshold. */
@ApiSchema({ name: 'StockReplenishedEvent' })
export class StockReplenishedEventDto extends AnyStockDto {
  /** The type of the event. */
  @ApiProperty(typeOf('stock.replenished'))
  type!: 'stock.replenished';

  /**
   * The available units.
   * @example 21
   */
  @ApiProperty({ type: 'integer', minimum: 0 })
  available!: number;

  /**
   * The limit that was reached.
   * @example 20
   */
  @ApiProperty({ type: 'integer', minimum: 1 })
  replenishedAt!: number;
}

/** A webhook is disabled. It receives no events. */
@ApiSchema({ name: 'WebhookDisabledEvent' })
export class WebhookDisabledEventDto extends AnyEventDto {
  /** The type of the event. */
  @ApiProperty(typeOf('webhook.disabled'))
  type!: 'webhook.disabled';

  /**
   * The webhook.
   * @example "01938c5e-7d1a-7c3b-9f7e-2b6d0c1a4e55"
   */
  @ApiProperty({ format: 'uuid' })
  webhookId!: string;

  /** REQUESTED: by a request. FAILING: its deliveries had only failed for too long. */
  @ApiProperty({ enum: DISABLED_REASONS })
  reason!: DisabledReason;
}
