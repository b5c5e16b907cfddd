import { uuidv7 } from 'uuidv7';
import type { LineDto, ShortageDto } from '@app/contracts';
import { CALL_BY_STATUS, type OrderStatus, type UnfinishedStatus } from './lifecycle';
import type { Actor } from './order-event';
import type { OrderMetadata } from './order-metadata';

/** Why an order was, or is being, cancelled. */
export const CANCEL_REASONS = [
  'INSUFFICIENT_STOCK',
  'REQUESTED',
  'ACCEPT_BY_PASSED',
  'EXPIRED',
  'RESERVATION_RELEASED',
  'RESERVATION_MISMATCH',
] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

export interface Order {
  /** UUIDv7, made before the first write. Also the id of the order's reservation in Inventory. */
  readonly id: string;
  readonly userId: string;
  readonly note: string | null;
  /** The client's own id of the order, which several orders may have; null without one. */
  readonly externalId: string | null;
  /** The client's own texts about the order; null without any. */
  readonly metadata: OrderMetadata | null;
  /** As `storedKey` returns it; null if the request had none. */
  readonly idempotencyKey: string | null;
  readonly status: OrderStatus;
  /** As the customer sent them, in that order. After reductions: what is left of them. */
  readonly items: readonly LineDto[];
  /** As the customer sent them. Null unless they have been reduced. */
  readonly originalItems: readonly LineDto[] | null;
  /** How often they have been reduced. */
  readonly reductions: number;
  readonly cancelReason: CancelReason | null;
  /** Every short line, if the order was cancelled for lack of stock. */
  readonly shortages: readonly ShortageDto[];
  /** Attempts at the call of the current status, and how many of them Inventory rejected. */
  readonly attempts: number;
  readonly refusals: number;
  /** Since when the order is parked: the reconciler makes no calls for it until a request succeeds. */
  readonly parkedAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type NewOrder = Pick<Order, 'id' | 'userId' | 'note' | 'items' | 'idempotencyKey'> & {
  readonly externalId?: string | null;
  readonly metadata?: OrderMetadata | null;
  /** The actor of its first event, if that is not the customer. */
  readonly placedBy?: Actor;
};

export type UnfinishedOrder = Order & { readonly status: UnfinishedStatus };

/** Returns the order with its id, a UUIDv7. */
export const newOrder = (order: Omit<NewOrder, 'id'>, id = uuidv7()): NewOrder => ({
  id,
  ...order,
});

/**
 * Returns a new order as it is after its insert. Every order passes through here and through
 * `applyTransition`; both list the fields, because a spread takes ten times as long (5 µs).
 */
export const pendingOrder = (
  { id, userId, note, externalId, metadata, idempotencyKey, items }: NewOrder,
  createdAt: Date,
): UnfinishedOrder => ({
  id,
  userId,
  note,
  externalId: externalId ?? null,
  metadata: metadata ?? null,
  idempotencyKey,
  items,
  originalItems: null,
  reductions: 0,
  status: 'PENDING',
  cancelReason: null,
  shortages: [],
  attempts: 0,
  refusals: 0,
  parkedAt: null,
  createdAt,
  updatedAt: createdAt,
});

/** Whether the order waits for a call to Inventory. */
export const isUnfinished = (order: Order): order is UnfinishedOrder =>
  order.status in CALL_BY_STATUS;

/** Whether placing the order has failed: it was cancelled, and not at the customer's request. */
export const hasPlacementFailed = ({
  status,
  cancelReason,
}: Pick<Order, 'status' | 'cancelReason'>): boolean =>
  status === 'CANCELLED' && cancelReason !== 'REQUESTED';

/** Returns the order with its items as the customer sent them. */
export const asSent = (order: Order): Order =>
  order.originalItems ? { ...order, items: order.originalItems } : order;
