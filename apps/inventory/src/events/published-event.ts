import type { LineDto, ShortageDto } from '@app/contracts';
import type { LogEntry } from '@app/events';
import type { InventoryEvent, InventoryEventType } from './inventory-event';

/** An event as consumers of `inventory.v1` receive it. */
export interface PublishedInventoryEvent {
  /** The same for every delivery of the event, so that a receiver recognizes a repeated one. */
  readonly eventId: string;
  readonly type: InventoryEventType;
  readonly time: string;
  /** Of an event about a reservation. Also the id of its order. */
  readonly reservationId?: string;
  readonly orderId?: string;
  /** Whether the units were reserved, in the events that tell the decision. */
  readonly reserved?: boolean;
  readonly items?: readonly LineDto[];
  /** The SKU of a stock event, or of a reservation with a single item. */
  readonly sku?: string;
  readonly quantity?: number;
  readonly wasHeld?: boolean;
  readonly shortages?: readonly ShortageDto[];
  readonly reason?: string;
  /** The other fields of a stock event. */
  readonly [field: string]: unknown;
}

const DECISIONS: Partial<Record<InventoryEventType, boolean>> = {
  'reservation.held': true,
  'reservation.rejected': false,
};

/** Returns the event as consumers of `inventory.v1` receive it. */
export const toPublishedEvent = (event: InventoryEvent): PublishedInventoryEvent => {
  const { eventId, type, time } = event;
  const base = { eventId, type, time: time.toISOString() };
  if ('sku' in event) return { ...stockFieldsOf(event), ...base, sku: event.sku };
  const { reservationId, items, wasHeld, shortages } = event;
  const [item] = items;
  const reserved = DECISIONS[type];
  return {
    ...base,
    reservationId,
    orderId: reservationId,
    items,
    ...(item && items.length === 1 && { sku: item.sku, quantity: item.quantity }),
    ...(reserved !== undefined && { reserved }),
    ...(type === 'reservation.committed' && { wasHeld }),
    ...(type === 'reservation.rejected' && { reason: 'INSUFFICIENT_STOCK', shortages }),
  };
};

const OF_LOG: readonly string[] = ['position', 'sequencedAtMs', 'ref'] satisfies (keyof LogEntry)[];

/** Returns the fields without those that are null and those of the log. */
const stockFieldsOf = (event: InventoryEvent): Record<string, unknown> => {
  const fields = Object.entries(event).filter(
    ([name, value]) => value !== null && !OF_LOG.includes(name),
  );
  return Object.fromEntries(fields);
};
