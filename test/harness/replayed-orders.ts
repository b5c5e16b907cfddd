import type { PublicEvent } from '../../apps/orders/src/events/order-log-event';

type PublicOrderEvent = Extract<PublicEvent, { readonly orderId: string }>;

interface Units {
  readonly sku: string;
  readonly quantity: number;
}

/** An order as far as its events tell it. */
export interface ReplayedOrder {
  readonly userId: string;
  readonly key: string | null;
  readonly status: string;
  /** What is left of its items. */
  readonly items: readonly Units[];
  /** Null unless it is cancelled. */
  readonly cancelReason: string | null;
}

/** Returns an order as text. Two orders with the same text are the same order to a consumer. */
export const orderText = ({ userId, key, status, items, cancelReason }: ReplayedOrder): string => {
  const units = new Map<string, number>();
  for (const { sku, quantity } of items) units.set(sku, (units.get(sku) ?? 0) + quantity);
  const lines = [...units].map(([sku, quantity]) => `${sku}=${quantity}`).sort();
  return [userId, key ?? 'no key', status, lines.join(), cancelReason ?? 'no reason'].join(' | ');
};

/** The orders to which events lead, from none on. */
export class OrderReplay {
  /** Each order as text. */
  readonly orders = new Map<string, string>();
  /** Events that are repeated, out of order, or about an order that was never placed. */
  readonly faults: string[] = [];
  private readonly lastSeq = new Map<string, number>();

  /** Applies the next event. */
  add(event: PublicOrderEvent): void {
    const { eventId, type, orderId, userId, idempotencyKey: key = null, status, items } = event;
    const seq = Number(eventId.slice(orderId.length + 1));
    const last = this.lastSeq.get(orderId);
    if ((last === undefined) !== (type === 'order.placed') || seq <= (last ?? 0)) {
      this.faults.push(`event ${eventId} (${type}) comes after number ${last ?? 'none'}`);
    }
    this.lastSeq.set(orderId, seq);
    const cancelReason = status === 'CANCELLED' ? (event.reason ?? null) : null;
    this.orders.set(orderId, orderText({ userId, key, status, items, cancelReason }));
  }
}
