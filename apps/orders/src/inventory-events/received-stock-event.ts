import { type StreamEventsResponse, toDate } from '@app/contracts';

/** The types of events that Orders gets from Inventory. */
export const STOCK_EVENT_TYPES = ['stock.adjusted', 'stock.low', 'stock.replenished'] as const;
export type StockEventType = (typeof STOCK_EVENT_TYPES)[number];

/** A stock event as it is stored. A column that its type does not have is null. */
export interface ReceivedStockEvent {
  readonly position: string;
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

const NO_DETAILS = {
  onHandDelta: null,
  onHand: null,
  reason: null,
  actor: null,
  available: null,
  limit: null,
} as const;

const isStockEventType = (type: string): type is StockEventType =>
  STOCK_EVENT_TYPES.some((each) => each === type);

/** Returns the event of a message; undefined if it has none, or none that this version knows. */
export const toReceivedEvent = ({
  position,
  event,
}: StreamEventsResponse): ReceivedStockEvent | undefined => {
  if (!event?.time || !isStockEventType(event.type)) return undefined;
  const { eventId, type, time, adjusted, threshold } = event;
  const common = { position, eventId, type, occurredAt: toDate(time), ...NO_DETAILS };
  if (adjusted) {
    const { sku, onHandDelta, onHand, reason, actor } = adjusted;
    return { ...common, sku, onHandDelta, onHand, reason, actor: actor || null };
  }
  if (!threshold) return undefined;
  const { sku, available, limit } = threshold;
  return { ...common, sku, available, limit };
};
