import type { OrderTransition } from './order-transition';

/** What became of an order, in the order in which a line has them. */
const OUTCOMES = ['confirmed', 'out of stock', 'pending', 'cancelled', 'fulfilled'] as const;
type Outcome = (typeof OUTCOMES)[number];

/** Counts the outcomes of orders at this instance, between two lines of the log. */
export class OrderActivity {
  private readonly counts = new Map<Outcome, number>();

  /** Counts an order whose customer got the response that it is PENDING. */
  readonly recordPending = (): void => this.add('pending');

  /** Counts a transition that was written, if it decides the order. */
  readonly recordTransition = ({ from, to, cancelReason }: OrderTransition): void => {
    if (from === to) return;
    if (to === 'CONFIRMED') this.add('confirmed');
    if (to === 'FULFILLED') this.add('fulfilled');
    if (to === 'CANCELLED')
      this.add(cancelReason === 'INSUFFICIENT_STOCK' ? 'out of stock' : 'cancelled');
  };

  /** Returns the rates since the last call, over that many seconds. Undefined if there were no orders. */
  take(seconds: number): string | undefined {
    const rates = OUTCOMES.flatMap((outcome) => {
      const count = this.counts.get(outcome);
      return count === undefined ? [] : [`${(count / seconds).toFixed(1)} ${outcome}`];
    });
    this.counts.clear();
    return rates.length === 0 ? undefined : `Orders per second: ${rates.join(', ')}`;
  }

  private add(outcome: Outcome): void {
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
  }
}
