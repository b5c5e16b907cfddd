import type { StockEventType } from '../inventory-events/received-stock-event';

/** A stock event of Inventory in Orders' log. A field that its type does not have is null. */
export interface StockLogEvent {
  readonly eventId: string;
  readonly type: StockEventType;
  readonly sku: string;
  readonly occurredAt: Date;
  readonly onHandDelta: number | null;
  readonly onHand: number | null;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly available: number | null;
  readonly limit: number | null;
}

interface PublicBase {
  /** The same for every delivery of the event, so that a receiver recognizes a repeated one. */
  readonly eventId: string;
  readonly time: string;
  readonly sku: string;
}

/** A stock event as other systems receive it. The events of a SKU come in their order. */
export type PublicStockEvent = PublicBase &
  (
    | {
        readonly type: 'stock.adjusted';
        readonly onHandDelta: number;
        /** Units on hand after the adjustment. */
        readonly onHand: number;
        readonly reason: string;
        readonly actor?: string;
      }
    | { readonly type: 'stock.low'; readonly available: number; readonly lowAt: number }
    | {
        readonly type: 'stock.replenished';
        readonly available: number;
        readonly replenishedAt: number;
      }
  );

/** Returns the event as other systems receive it. A CHECK guarantees what its type needs. */
export const toPublicStockEvent = (event: StockLogEvent): PublicStockEvent => {
  const { eventId, type, occurredAt, sku, onHandDelta, onHand, reason, actor } = event;
  const base = { eventId, time: occurredAt.toISOString(), sku };
  if (type === 'stock.adjusted') {
    return {
      ...base,
      type,
      onHandDelta: onHandDelta ?? 0,
      onHand: onHand ?? 0,
      reason: reason ?? '',
      ...(actor !== null && { actor }),
    };
  }
  const [available, limit] = [event.available ?? 0, event.limit ?? 0];
  return type === 'stock.low'
    ? { ...base, type, available, lowAt: limit }
    : { ...base, type, available, replenishedAt: limit };
};
