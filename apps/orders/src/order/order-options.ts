import type { OrderActivity } from './order-activity';
import type { TransitionSettings } from './order-transition';

export const ORDER_OPTIONS = Symbol('ORDER_OPTIONS');

/** Everything that can be set for the orders of one instance. */
export interface OrderOptions extends TransitionSettings {
  /** How long a request waits for Inventory's decision before it returns PENDING. */
  readonly requestTimeoutMs: number;
  /** How long an order may be PENDING before the reconciler cancels it. */
  readonly acceptWithinMs: number;
  /** How long an order may stay CONFIRMED before the reconciler cancels it. 0: without end. */
  readonly confirmedExpiryMs: number;
  /** Receives the time that each insert of an order took, the best measure of the load. */
  readonly onWritten: (tookMs: number) => void;
  /** Counts the outcomes of orders. Undefined unless they are logged. */
  readonly activity?: OrderActivity;
}
