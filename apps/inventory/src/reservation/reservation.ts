import type { MovementKind } from '../stock/stock';

export type ReservationState = 'HELD' | 'REJECTED' | 'COMMITTED' | 'RELEASED' | 'EXPIRED';

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export interface Shortage {
  readonly sku: string;
  readonly requested: number;
  readonly available: number;
  readonly reason: 'NOT_ENOUGH' | 'UNKNOWN_SKU';
}

/** A decision on a basket and what became of it. A tombstone is RELEASED and has no lines. */
export interface Reservation {
  readonly id: string;
  readonly state: ReservationState;
  /** One line per SKU, in SKU order. */
  readonly lines: readonly Line[];
  /** Every short line, as seen when it was rejected. */
  readonly shortages: readonly Shortage[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What releasing does in each state. COMMITTED units have left and cannot be given back. */
export const RELEASE = {
  HELD: 'RELEASED',
  REJECTED: 'REJECTED',
  COMMITTED: 'REFUSED',
  RELEASED: 'RELEASED',
  EXPIRED: 'EXPIRED',
} as const satisfies Record<ReservationState, ReservationState | 'REFUSED'>;

/** What a command does to the levels of its lines: in units of a line's quantity. */
export const EFFECTS = {
  hold: { kind: 'HELD', onHand: 0, reserved: 1 },
  take: { kind: 'COMMITTED', onHand: -1, reserved: 0 },
  release: { kind: 'RELEASED', onHand: 0, reserved: -1 },
} as const satisfies Record<string, { kind: MovementKind; onHand: number; reserved: number }>;

const bySku = (a: Line, b: Line): number => (a.sku < b.sku ? -1 : Number(a.sku > b.sku));

/** Lines of one SKU summed, in SKU order: two baskets are the same when these are. */
export const normalise = (lines: readonly Line[]): Line[] => {
  const totals = new Map<string, number>();
  for (const { sku, quantity } of lines) totals.set(sku, (totals.get(sku) ?? 0) + quantity);
  return [...totals].map(([sku, quantity]) => ({ sku, quantity })).sort(bySku);
};

/** Both sides normalised. A tombstone has no lines and is the same as any. */
export const sameLines = (recorded: readonly Line[], asked: readonly Line[]): boolean =>
  recorded.length === 0 ||
  (recorded.length === asked.length &&
    recorded.every(
      ({ sku, quantity }, index) => sku === asked[index]?.sku && quantity === asked[index].quantity,
    ));
