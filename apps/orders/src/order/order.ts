import { uuidv7 } from 'uuidv7';
import { ANSWERS, type LifeStatus } from './lifecycle';

/** The part of an order's life that can be reached so far. */
export const ORDER_STATUSES = [
  'PENDING',
  'CONFIRMED',
  'CANCELLED',
] as const satisfies readonly LifeStatus[];
export type OrderStatus = (typeof ORDER_STATUSES)[number];

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

/** Why an order was cancelled. */
export const CANCEL_REASONS = ['INSUFFICIENT_STOCK', 'RESERVATION_RELEASED'] as const;
export type CancelReason = (typeof CANCEL_REASONS)[number];

export interface Order {
  /** UUIDv7, made before the first write. It is the reservation's id in Inventory, too. */
  readonly id: string;
  readonly userId: string;
  readonly note: string | null;
  readonly status: OrderStatus;
  /** As the customer wrote them, in that order. */
  readonly items: readonly Item[];
  readonly cancelReason: CancelReason | null;
  /** Every short line, where the order was cancelled for lack of stock. */
  readonly shortages: readonly Shortage[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type NewOrder = Pick<Order, 'id' | 'userId' | 'note' | 'items'>;

/** What Inventory said of an order. `unknown` is not a no: it may have been decided all the same. */
export type Decision =
  | { readonly kind: 'held' }
  | { readonly kind: 'rejected'; readonly shortages: readonly Shortage[] }
  /** Somebody gave the reservation up in Inventory; it can never be held again. */
  | { readonly kind: 'released' }
  | { readonly kind: 'unknown' };

/** A move of one order out of PENDING. */
export interface Transition {
  readonly id: string;
  readonly status: OrderStatus;
  readonly cancelReason: CancelReason | null;
  readonly shortages: readonly Shortage[];
}

export const newOrder = (order: Omit<NewOrder, 'id'>): NewOrder => ({ id: uuidv7(), ...order });

/** Where a decision leads a PENDING order. */
export const transitionFor = (
  id: string,
  decision: Exclude<Decision, { kind: 'unknown' }>,
): Transition => {
  switch (decision.kind) {
    case 'held':
      return { id, status: ANSWERS.PENDING.HELD, cancelReason: null, shortages: [] };
    case 'rejected':
      return {
        id,
        status: ANSWERS.PENDING.REJECTED,
        cancelReason: 'INSUFFICIENT_STOCK',
        shortages: decision.shortages,
      };
    case 'released':
      return {
        id,
        status: ANSWERS.PENDING.RELEASED,
        cancelReason: 'RESERVATION_RELEASED',
        shortages: [],
      };
  }
};

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 500;

/** How long to wait before an undecided order is tried again: 100 ms, doubling up to 500 ms. */
export const retryDelayMs = (attempts: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** Math.min(attempts, 10), LAST_RETRY_MS);
