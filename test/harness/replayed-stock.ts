/** What the replay of an event needs of it. */
export interface StockEvent {
  readonly type: string;
  readonly items?: readonly { readonly sku: string; readonly quantity: number }[];
  readonly wasHeld?: boolean;
  readonly sku?: string;
  readonly onHandDelta?: number;
}

/** A level as text: units on hand and reserved. */
type Levels = Record<string, string>;

const GIVES_BACK = ['reservation.reduced', 'reservation.released', 'reservation.expired'];

/** The levels to which events of Inventory lead, from no stock on. */
export class StockReplay {
  private readonly onHand = new Map<string, number>();
  private readonly reserved = new Map<string, number>();

  /** Applies the next event. */
  add({ type, items = [], wasHeld, sku = '', onHandDelta = 0 }: StockEvent): void {
    if (type === 'stock.adjusted') increase(this.onHand, sku, onHandDelta);
    for (const item of items) {
      if (type === 'reservation.held') increase(this.reserved, item.sku, item.quantity);
      if (GIVES_BACK.includes(type)) increase(this.reserved, item.sku, -item.quantity);
      if (type !== 'reservation.committed') continue;
      increase(this.onHand, item.sku, -item.quantity);
      if (wasHeld) increase(this.reserved, item.sku, -item.quantity);
    }
  }

  /** Returns the levels by SKU. */
  levels(): Levels {
    const skus = [...new Set([...this.onHand.keys(), ...this.reserved.keys()])].sort();
    return Object.fromEntries(
      skus.map((sku) => [sku, `${this.onHand.get(sku) ?? 0} / ${this.reserved.get(sku) ?? 0}`]),
    );
  }
}

const increase = (units: Map<string, number>, sku: string, quantity: number): void => {
  units.set(sku, (units.get(sku) ?? 0) + quantity);
};

/** Returns the levels to which the events lead, by SKU. */
export const replayStock = (events: readonly StockEvent[]): Levels => {
  const replay = new StockReplay();
  for (const event of events) replay.add(event);
  return replay.levels();
};
