import type { OrderStatus } from '../order/lifecycle';
import type { Actor, OrderEventName } from '../order/order-transition';

/** Something that happened to an order. */
export interface OrderEvent {
  /** Its place in the order's timeline, from 1, without a gap. */
  readonly seq: number;
  readonly event: OrderEventName;
  /** The order's status after it. */
  readonly status: OrderStatus;
  readonly actor: Actor;
  /** Which attempt at a call to Inventory it was, and how long that took; null where none was made. */
  readonly attempt: number | null;
  readonly durationMs: number | null;
  readonly reason: string | null;
  readonly occurredAt: Date;
}

/** Whether nothing can happen any more after it. */
export const isLast = ({ status }: OrderEvent): boolean =>
  status === 'CANCELLED' || status === 'FULFILLED';
