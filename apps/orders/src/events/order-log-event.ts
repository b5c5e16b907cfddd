import type { LineDto, ShortageDto } from '@app/contracts';
import { sentKey } from '../order/idempotency-key';
import type { CancelReason } from '../order/order';
import { STOCK_EVENT_TYPES, type StockEventType } from '../inventory-events/received-stock-event';
import type { OrderEvent } from '../order/order-event';
import { type PublicStockEvent, type StockLogEvent, toPublicStockEvent } from './stock-log-event';
import { WEBHOOK_DISABLED, type WebhookLogEvent } from './webhook-log-event';

/** The types of events about orders that other systems receive. */
export const ORDER_EVENT_TYPES = [
  'order.placed',
  'order.confirmed',
  'order.rejected',
  'order.changed',
  'order.cancelled',
  'order.fulfilled',
  'order.parked',
] as const;
export type OrderEventType = (typeof ORDER_EVENT_TYPES)[number];

/** The types of all events that other systems receive. */
export const EVENT_TYPES = [...ORDER_EVENT_TYPES, ...STOCK_EVENT_TYPES, WEBHOOK_DISABLED] as const;
export type EventType = OrderEventType | StockEventType | typeof WEBHOOK_DISABLED;

/** An entry of a timeline with what its order was at that time. */
export interface OrderLogEvent extends OrderEvent {
  readonly orderId: string;
  readonly userId: string;
  readonly externalId: string | null;
  /** As it is stored: the key of the request, or the id of the command that placed the order. */
  readonly idempotencyKey: string | null;
  /** As the customer sent them, or what reductions until then had left of them. */
  readonly items: readonly LineDto[];
  /** How many reductions had begun before the event. */
  readonly reductions: number;
  readonly cancelReason: CancelReason | null;
  readonly shortages: readonly ShortageDto[];
}

/**
 * Returns the type under which other systems receive the event; undefined if it concerns the order's own
 * timeline only, such as an attempt without an answer.
 */
const eventTypeOf = ({
  event,
  reductions,
  cancelReason,
}: Pick<OrderLogEvent, 'event' | 'reductions' | 'cancelReason'>): OrderEventType | undefined => {
  switch (event) {
    case 'PLACED':
      return 'order.placed';
    case 'CONFIRMED':
      return reductions === 0 ? 'order.confirmed' : 'order.changed';
    case 'CANCELLED':
      return cancelReason === 'INSUFFICIENT_STOCK' ? 'order.rejected' : 'order.cancelled';
    case 'FULFILLED':
      return 'order.fulfilled';
    case 'PARKED':
      return 'order.parked';
    default:
      return undefined;
  }
};

/** An event of Orders' log: of an order, of the stock, or of a webhook. */
export type LogEvent = OrderLogEvent | StockLogEvent | WebhookLogEvent;

export const isOrderEvent = <Event extends LogEvent>(
  event: Event,
): event is Extract<Event, OrderLogEvent> => 'orderId' in event;

/** Whether the event is one of Inventory, which publishes it itself. */
export const isStockEvent = <Event extends LogEvent>(
  event: Event,
): event is Extract<Event, StockLogEvent> => 'sku' in event;

/** An event as other systems receive it. */
export type PublicEvent = PublicOrderEvent | PublicStockEvent | WebhookLogEvent;

/** Events with the same key come in their order. */
export const keyOf = (event: PublicEvent): string => {
  if ('orderId' in event) return event.orderId;
  return 'webhookId' in event ? event.webhookId : event.sku;
};

/** An event of an order as other systems receive it. It has no free text of the customer. */
export interface PublicOrderEvent {
  /** The same for every delivery of the event, so that a receiver recognizes a repeated one. */
  readonly eventId: string;
  readonly type: OrderEventType;
  readonly time: string;
  readonly orderId: string;
  readonly userId: string;
  readonly externalId?: string;
  /** The `Idempotency-Key` of the request that placed the order, or the id of the command. */
  readonly idempotencyKey?: string;
  /** The order's status after the event. */
  readonly status: OrderLogEvent['status'];
  readonly items: readonly LineDto[];
  /** Of an order with a single item: its SKU and quantity. */
  readonly sku?: string;
  readonly quantity?: number;
  /** Whether Inventory reserved the items, in the events that tell its decision. */
  readonly reserved?: boolean;
  /** Why the order was rejected, cancelled or parked. */
  readonly reason?: string;
  readonly shortages?: readonly ShortageDto[];
}

const RESERVED: Partial<Record<OrderEventType, boolean>> = {
  'order.confirmed': true,
  'order.changed': true,
  'order.rejected': false,
};

const reasonOf = (type: OrderEventType, event: OrderLogEvent): string | null => {
  if (type === 'order.rejected' || type === 'order.cancelled') return event.cancelReason;
  return type === 'order.parked' ? event.reason : null;
};

/** Returns the event as other systems receive it; undefined if they do not. */
export const toPublicEvent = (event: LogEvent): PublicEvent | undefined => {
  if (isOrderEvent(event)) return toPublicOrderEvent(event);
  return isStockEvent(event) ? toPublicStockEvent(event) : toPublicWebhookEvent(event);
};

/** Returns the event without its place in the log. */
const toPublicWebhookEvent = ({
  eventId,
  type,
  time,
  webhookId,
  reason,
}: WebhookLogEvent): WebhookLogEvent => ({ eventId, type, time, webhookId, reason });

const toPublicOrderEvent = (event: OrderLogEvent): PublicOrderEvent | undefined => {
  const type = eventTypeOf(event);
  if (type === undefined) return undefined;
  const { orderId, seq, userId, externalId, idempotencyKey, status, items, shortages, occurredAt } =
    event;
  const [item] = items;
  const reserved = RESERVED[type];
  const reason = reasonOf(type, event);
  return {
    eventId: `${orderId}.${seq}`,
    type,
    time: occurredAt.toISOString(),
    orderId,
    userId,
    ...(externalId !== null && { externalId }),
    ...(idempotencyKey !== null && { idempotencyKey: sentKey(idempotencyKey) }),
    status,
    items,
    ...(item && items.length === 1 && { sku: item.sku, quantity: item.quantity }),
    ...(reserved !== undefined && { reserved }),
    ...(reason !== null && { reason }),
    ...(type === 'order.rejected' && { shortages }),
  };
};
