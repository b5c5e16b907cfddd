import type { OrderStatus } from './lifecycle';

/** Every event of a timeline: a status that the order reached, or another thing that happened to it. */
export const ORDER_EVENTS = [
  'PLACED',
  'CONFIRMED',
  'REDUCING',
  'CANCELLING',
  'CANCELLED',
  'FULFILLING',
  'FULFILLED',
  'NO_ANSWER',
  'REFUSED',
  'PARKED',
  'RETRIED',
] as const;
export type OrderEventName = (typeof ORDER_EVENTS)[number];

/**
 * What caused an event: a request of the customer, of staff or of an administrator, or the service itself. While
 * authentication is off, every request counts as the customer's.
 */
export const ACTORS = ['CUSTOMER', 'SYSTEM', 'STAFF', 'ADMIN'] as const;
export type Actor = (typeof ACTORS)[number];

/** One entry of an order's timeline. */
export interface OrderEvent {
  /** Position in the order's timeline: 1, 2, 3 … without a gap. */
  readonly seq: number;
  readonly event: OrderEventName;
  /** The order's status after the event. */
  readonly status: OrderStatus;
  readonly actor: Actor;
  /** Number of the attempt at the call to Inventory, and its duration; null where no call was made. */
  readonly attempt: number | null;
  readonly durationMs: number | null;
  readonly reason: string | null;
  readonly occurredAt: Date;
}
