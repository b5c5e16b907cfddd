/** The stock of one SKU. Held units are on hand but reserved. */
export interface StockLevel {
  readonly sku: string;
  readonly onHand: number;
  readonly reserved: number;
  /** Reserved units that are not on hand. Above 0 only after an adjustment that allows it. */
  readonly shortfall: number;
  /** Sequence number of the SKU's latest movement. */
  readonly lastSeq: number;
  /** Time of that movement. */
  readonly updatedAt: Date;
  /** Null or absent: the SKU has none, or it was not read. Decisions do not depend on it. */
  readonly threshold?: ThresholdState | null;
}

/** The threshold of a SKU, and whether its stock is low. */
export interface ThresholdState {
  readonly lowAt: number;
  readonly replenishedAt: number;
  readonly isLow: boolean;
}

/** Units that a new order can take. */
export const available = ({ onHand, reserved }: Pick<StockLevel, 'onHand' | 'reserved'>): number =>
  Math.max(0, onHand - reserved);

export const MOVEMENT_KINDS = ['ADJUSTED', 'HELD', 'COMMITTED', 'RELEASED', 'EXPIRED'] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

/** One entry of the ledger: the cause of a level change, the deltas, and the level afterwards. */
export interface Movement {
  readonly sku: string;
  readonly seq: number;
  readonly kind: MovementKind;
  readonly onHandDelta: number;
  readonly reservedDelta: number;
  readonly onHandAfter: number;
  readonly reservedAfter: number;
  readonly reservationId: string | null;
  readonly adjustmentId: string | null;
  readonly reason: string | null;
  readonly actor: string | null;
  readonly occurredAt: Date;
}

interface Deltas {
  readonly onHandDelta: number;
  readonly reservedDelta: number;
}

/** A reservation that holds, commits or returns units. */
export interface ReservationChange extends Deltas {
  readonly kind: Exclude<MovementKind, 'ADJUSTED'>;
  readonly reservationId: string;
}

/** A correction of the units on hand. */
export interface AdjustmentChange extends Deltas {
  readonly kind: 'ADJUSTED';
  readonly adjustmentId: string;
  readonly reason: string;
  readonly actor: string;
  /** Whether on hand may fall below reserved. */
  readonly allowShortfall: boolean;
}

export type LevelChange = ReservationChange | AdjustmentChange;

export interface AppliedChange {
  readonly level: StockLevel;
  readonly movement: Movement;
}

/** The level of an unknown SKU. */
export const emptyLevel = (sku: string): StockLevel => ({
  sku,
  onHand: 0,
  reserved: 0,
  shortfall: 0,
  lastSeq: 0,
  updatedAt: new Date(0),
});

/**
 * Returns the changed level and its movement. Every level change goes through here. Only an adjustment
 * with allowShortfall increases the shortfall, so any other change that reserves more than is on hand
 * violates the CHECK on the level.
 */
export const applyChange = (before: StockLevel, change: LevelChange, now: Date): AppliedChange => {
  const onHand = before.onHand + change.onHandDelta;
  const reserved = before.reserved + change.reservedDelta;
  const missing = Math.max(0, reserved - onHand);
  const mayIncreaseShortfall = change.kind === 'ADJUSTED' && change.allowShortfall;
  const level = {
    sku: before.sku,
    onHand,
    reserved,
    shortfall: mayIncreaseShortfall ? missing : Math.min(before.shortfall, missing),
    lastSeq: before.lastSeq + 1,
    // If the clock was set back, the ledger must still be in time order.
    updatedAt: now > before.updatedAt ? now : before.updatedAt,
  };
  return { level, movement: movementOf(level, change) };
};

/** Returns the level after a movement. Its shortfall is always reserved minus on hand, or 0. */
export const levelAfter = (movement: Movement): StockLevel => ({
  sku: movement.sku,
  onHand: movement.onHandAfter,
  reserved: movement.reservedAfter,
  shortfall: Math.max(0, movement.reservedAfter - movement.onHandAfter),
  lastSeq: movement.seq,
  updatedAt: movement.occurredAt,
});

const movementOf = (after: StockLevel, change: LevelChange): Movement => ({
  sku: after.sku,
  seq: after.lastSeq,
  kind: change.kind,
  onHandDelta: change.onHandDelta,
  reservedDelta: change.reservedDelta,
  onHandAfter: after.onHand,
  reservedAfter: after.reserved,
  reservationId: change.kind === 'ADJUSTED' ? null : change.reservationId,
  adjustmentId: change.kind === 'ADJUSTED' ? change.adjustmentId : null,
  reason: change.kind === 'ADJUSTED' ? change.reason : null,
  actor: change.kind === 'ADJUSTED' ? change.actor : null,
  occurredAt: after.updatedAt,
});

/** Returns the levels in the order of `skus`: undefined for a SKU that has none. */
export const orderBySkus = (
  skus: readonly string[],
  levels: readonly StockLevel[],
): (StockLevel | undefined)[] => {
  const found = new Map(levels.map((level) => [level.sku, level]));
  return skus.map((sku) => found.get(sku));
};
