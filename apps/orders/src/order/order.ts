import { uuidv7 } from 'uuidv7';
import { CALL_BY_STATUS, type OrderStatus, type UnfinishedStatus } from './lifecycle';

export interface Item {
  readonly sku: string;
  readonly quantity: number;
}

export interface Shortage {
  readonly sku: string;
  readonly requested: number;
  readonly available: number;
  readonly reason: 'NOT_ENOUGH' | 'UNKNOWN_SKU';
}

/** Why an order was, or is being, cancelled. */
export const CANCEL_REASONS = [
  'INSUFFICIENT_STOCK',
  'REQUESTED',
  'ACCEPT_BY_PASSED',
  'RESERVATION_RELEASED',
  'RESERVATION_MISMATCH',
] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

export interface Order {
  /** UUIDv7, made before the first write. It is the reservation's id in Inventory, too. */
  readonly id: string;
  readonly userId: string;
  readonly note: string | null;
  /** The customer's own key; null where the request had none. */
  readonly idempotencyKey: string | null;
  readonly status: OrderStatus;
  /** As the customer wrote them, in that order. */
  readonly items: readonly Item[];
  readonly cancelReason: CancelReason | null;
  /** Every short line, where the order was cancelled for lack of stock. */
  readonly shortages: readonly Shortage[];
  /** How often the call of its status was made without an end, and how many of those were refused. */
  readonly attempts: number;
  readonly refusals: number;
  /** Since when nobody drives it on any more, until somebody asks for it by hand. */
  readonly parkedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type NewOrder = Pick<Order, 'id' | 'userId' | 'note' | 'items' | 'idempotencyKey'>;

export type UnfinishedOrder = Order & { readonly status: UnfinishedStatus };

export const newOrder = (order: Omit<NewOrder, 'id'>): NewOrder => ({ id: uuidv7(), ...order });

/**
 * A new order as it stands once it is written. Written out here and in `after`, since every order goes
 * through both, and to spread one takes ten times as long (5 µs).
 */
export const pendingOrder = (
  { id, userId, note, idempotencyKey, items }: NewOrder,
  createdAt: Date,
): UnfinishedOrder => ({
  id,
  userId,
  note,
  idempotencyKey,
  items,
  status: 'PENDING',
  cancelReason: null,
  shortages: [],
  attempts: 0,
  refusals: 0,
  parkedAt: null,
  createdAt,
  updatedAt: createdAt,
});

/** Whether there is a call that drives it on. */
export const isUnfinished = (order: Order): order is UnfinishedOrder =>
  order.status in CALL_BY_STATUS;

/** Whether a request that repeats an idempotency key asks for what the order is. */
export const isSameOrder = (order: NewOrder, original: NewOrder): boolean =>
  order.note === original.note &&
  order.items.length === original.items.length &&
  order.items.every(
    ({ sku, quantity }, index) =>
      sku === original.items[index]?.sku && quantity === original.items[index].quantity,
  );
