/** How much there is of one SKU. Held units are on hand, but spoken for. */
export interface StockLevel {
  readonly sku: string;
  readonly onHand: number;
  readonly reserved: number;
  /** Units that are reserved but missing: more than 0 only after an adjustment that allowed it. */
  readonly shortfall: number;
  /** Sequence number of the SKU's latest movement. */
  readonly lastSeq: number;
  /** When that movement was. */
  readonly updatedAt: Date;
}

/** What a new order may still take. */
export const available = ({ onHand, reserved }: Pick<StockLevel, 'onHand' | 'reserved'>): number =>
  Math.max(0, onHand - reserved);

export const MOVEMENT_KINDS = ['ADJUSTED', 'HELD', 'COMMITTED', 'RELEASED', 'EXPIRED'] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];

/** One entry of the ledger: what changed a level, by how much, and what it was afterwards. */
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

/** Units of a reservation that are set aside, leave or come back. */
export interface ReservationChange extends Deltas {
  readonly kind: Exclude<MovementKind, 'ADJUSTED'>;
  readonly reservationId: string;
}

/** Units on hand that are corrected. */
export interface AdjustmentChange extends Deltas {
  readonly kind: 'ADJUSTED';
  readonly adjustmentId: string;
  readonly reason: string;
  readonly actor: string;
  /** Whether fewer units may be left than are reserved. */
  readonly allowShortfall: boolean;
}

export type LevelChange = ReservationChange | AdjustmentChange;

export interface AppliedChange {
  readonly level: StockLevel;
  readonly movement: Movement;
}

/** A SKU that Inventory has never had. */
export const emptyLevel = (sku: string): StockLevel => ({
  sku,
  onHand: 0,
  reserved: 0,
  shortfall: 0,
  lastSeq: 0,
  updatedAt: new Date(0),
});

/**
 * The only way a level changes: together with the movement that explains it. Only an adjustment that
 * allows it makes a shortfall larger, so whatever else would reserve more than there is breaks the
 * CHECK on the level instead of being booked as missing.
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
    // A clock that was set back must not put the ledger out of order.
    updatedAt: now > before.updatedAt ? now : before.updatedAt,
  };
  return { level, movement: movementOf(level, change) };
};

/** The level that a movement led to. No movement leaves another shortfall than what is missing. */
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
