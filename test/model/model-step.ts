import type { OrderRequest } from '../../apps/orders/src/order/lifecycle';
import type { State } from './state';

/** An atomic step. */
export interface ModelStep {
  readonly description: string;
  /**
   * Whether it happens eventually unless it is prevented, like steps of the reconciler, the sweeper and
   * the clock. Steps of customers and failures may never happen.
   */
  readonly fair: boolean;
  readonly next: State;
  /** The cause of an order's transition, if there is one. */
  readonly by?: OrderRequest | 'answer' | 'noResponse';
  /** The cell of TRANSITIONS_ON_REPLY that it used, if the order still had that status. */
  readonly cell?: string;
}
