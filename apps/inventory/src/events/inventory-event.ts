import type { LineDto, ShortageDto } from '@app/contracts';

export const RESERVATION_EVENT_TYPES = [
  'reservation.held',
  'reservation.rejected',
  'reservation.reduced',
  'reservation.committed',
  'reservation.released',
  'reservation.expired',
] as const;
export type ReservationEventType = (typeof RESERVATION_EVENT_TYPES)[number];

/** The types of all events of Inventory. */
export const INVENTORY_EVENT_TYPES = [
  ...RESERVATION_EVENT_TYPES,
  'stock.adjusted',
  'stock.low',
  'stock.replenished',
] as const;
export type InventoryEventType = (typeof INVENTORY_EVENT_TYPES)[number];

interface EventBase {
  /** The same for every delivery of the event, so that a receiver recognizes a repeated one. */
  readonly eventId: string;
  /** When it was decided, by the database's clock. */
  readonly time: Date;
}

/** What was decided about a reservation. The events of a reservation come in their order. */
export interface ReservationEvent extends EventBase {
  readonly type: ReservationEventType;
  readonly reservationId: string;
  /**
   * The units that the event is about, by SKU: held, requested in vain, or no longer held. Empty if an
   * unknown id was released.
   */
  readonly items: readonly LineDto[];
  /** Of `reservation.committed`: whether the units were held before. ReserveStock commits at once. */
  readonly wasHeld: boolean;
  /** Of `reservation.rejected`: the lines that exceeded the stock. */
  readonly shortages: readonly ShortageDto[];
}

/** A correction of the units on hand. The events of a SKU come in their order. */
export interface StockAdjustedEvent extends EventBase {
  readonly type: 'stock.adjusted';
  readonly sku: string;
  /** Sequence number of the movement. */
  readonly seq: number;
  readonly onHandDelta: number;
  /** Units after the adjustment. */
  readonly onHand: number;
  readonly reserved: number;
  /** Null for adjustments of a version without ids. */
  readonly adjustmentId: string | null;
  readonly reason: string;
  readonly actor: string | null;
}

/** The available units of a SKU have crossed its threshold. */
export interface StockThresholdEvent extends EventBase {
  readonly type: 'stock.low' | 'stock.replenished';
  readonly sku: string;
  /** Sequence number of the SKU's latest movement. */
  readonly seq: number;
  /** Units that are available after it. */
  readonly available: number;
  /** The limit that was reached. */
  readonly limit: number;
}

/** A committed change of Inventory, as other systems receive it. */
export type InventoryEvent = ReservationEvent | StockAdjustedEvent | StockThresholdEvent;

/** What the events of one key have in common: they come in their order. */
export const keyOf = (event: InventoryEvent): string =>
  'sku' in event ? event.sku : event.reservationId;

/** Returns the SKUs that the event is about. */
export const skusOf = (event: InventoryEvent): readonly string[] =>
  'sku' in event ? [event.sku] : event.items.map(({ sku }) => sku);
