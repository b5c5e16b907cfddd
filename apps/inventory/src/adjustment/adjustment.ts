import { CERTIFIED_ACTOR, inForm, LIMITS } from '@app/contracts';
import { applyChange, type Movement, emptyLevel, type StockLevel } from '../stock/stock';

/** A correction of the units on hand, by a delta or to a count. */
export interface Adjustment {
  readonly id: string;
  readonly sku: string;
  readonly change: { readonly delta: number } | { readonly setOnHand: number };
  readonly reason: string;
  readonly actor: string;
  /** Adjusts only if exactly this many units are on hand. Null: any number. */
  readonly expectedOnHand: number | null;
  /** Adjusts even if on hand falls below reserved. */
  readonly allowShortfall: boolean;
  /** Of a change to a count: when the units were counted. Undefined: now. */
  readonly countedAt?: Date;
}

/**
 * Returns the actor as the ledger has it. A client with a certificate is recorded by the name in it, before
 * the actor that it names itself.
 */
export const recordedActor = (actor: string, clientName: string | undefined): string =>
  clientName === undefined ? actor : `${CERTIFIED_ACTOR}${clientName} ${actor}`;

/** The result of an adjustment. */
export type AdjustmentOutcome =
  /** Recorded now or before. `level` is the present level. */
  | {
      readonly kind: 'recorded';
      readonly movement: Movement;
      readonly level: StockLevel;
      readonly alreadyRecorded: boolean;
    }
  /** The id belongs to an earlier adjustment, which differs in these fields of the request. */
  | { readonly kind: 'mismatch'; readonly movement: Movement; readonly differsIn: string[] }
  /** The units on hand differ from `expectedOnHand`. */
  | { readonly kind: 'unexpected'; readonly level: StockLevel }
  /** The units were counted again later, and that count is recorded. */
  | { readonly kind: 'stale'; readonly sku: string; readonly lastCountedAt: Date }
  /** The result would be below reserved, below 0, or above the maximum. */
  | {
      readonly kind: 'belowReserved' | 'belowZero' | 'aboveLimit';
      readonly level: StockLevel;
      readonly onHandAfter: number;
    };

/** The rows that adjustments depend on, read under lock. */
export interface LockedAdjustmentState {
  readonly levels: ReadonlyMap<string, StockLevel>;
  /** Movements of earlier adjustments, by adjustment id. */
  readonly recorded: ReadonlyMap<string, Movement>;
  /** When the last count of each SKU took place, as far as `countedAt` is to be compared with it. */
  readonly lastCounts: ReadonlyMap<string, Date>;
  readonly now: Date;
}

/** When the units of a SKU were counted. */
export interface StockCount {
  readonly sku: string;
  readonly countedAt: Date;
}

export interface AdjustmentDecisions {
  /** One outcome per adjustment, in the same order. */
  readonly outcomes: readonly AdjustmentOutcome[];
  readonly movements: readonly Movement[];
  /** Levels of new SKUs. */
  readonly created: readonly StockLevel[];
  readonly updated: readonly StockLevel[];
  /** The last counts of SKUs that were counted. */
  readonly counts: readonly StockCount[];
}

/** An earlier version has recorded text as it was sent. */
const isSameText = (recorded: string | null, text: string): boolean =>
  recorded === text || (recorded !== null && inForm('NFC', recorded) === text);

/** Returns the gRPC fields in which an adjustment differs from the one recorded under its id. */
const differingFields = (
  recorded: Movement,
  { sku, change, reason, actor }: Adjustment,
): string[] => {
  const same = {
    sku: recorded.sku === sku,
    ...('delta' in change
      ? { delta: recorded.onHandDelta === change.delta }
      : { set_on_hand: recorded.onHandAfter === change.setOnHand }),
    reason: isSameText(recorded.reason, reason),
    actor: isSameText(recorded.actor, actor),
  };
  return Object.entries(same).flatMap(([field, isSame]) => (isSame ? [] : [field]));
};

const onHandAfter = ({ onHand }: StockLevel, { change }: Adjustment): number =>
  'delta' in change ? onHand + change.delta : change.setOnHand;

/** Returns why a new adjustment must be rejected, or undefined. */
const findRejection = (
  level: StockLevel,
  adjustment: Adjustment,
): AdjustmentOutcome | undefined => {
  const { expectedOnHand, allowShortfall } = adjustment;
  if (expectedOnHand !== null && expectedOnHand !== level.onHand)
    return { kind: 'unexpected', level };
  const after = onHandAfter(level, adjustment);
  const details = { level, onHandAfter: after };
  if (after > LIMITS.maxOnHand) return { kind: 'aboveLimit', ...details };
  if (after < 0) return { kind: 'belowZero', ...details };
  // An adjustment that adds units is always allowed, even if reserved still exceeds on hand.
  const removesReserved = after < level.reserved && after < level.onHand;
  return removesReserved && !allowShortfall ? { kind: 'belowReserved', ...details } : undefined;
};

/** Decides adjustments in order, from a state read under lock. */
export const decideAdjustments = (
  state: LockedAdjustmentState,
  adjustments: readonly Adjustment[],
): AdjustmentDecisions => {
  const levels = new Map(state.levels);
  const recorded = new Map(state.recorded);
  const lastCounts = new Map(state.lastCounts);
  const counted = new Set<string>();
  const movements: Movement[] = [];
  const outcomes = adjustments.map((adjustment): AdjustmentOutcome => {
    const { id, sku, reason, actor, allowShortfall } = adjustment;
    const before = levels.get(sku) ?? emptyLevel(sku);
    const earlier = recorded.get(id);
    if (earlier) {
      const differsIn = differingFields(earlier, adjustment);
      return differsIn.length === 0
        ? { kind: 'recorded', movement: earlier, level: before, alreadyRecorded: true }
        : { kind: 'mismatch', movement: earlier, differsIn };
    }
    const lastCountedAt = lastCounts.get(sku);
    const { countedAt = state.now } = adjustment;
    if (adjustment.countedAt && lastCountedAt && countedAt < lastCountedAt) {
      return { kind: 'stale', sku, lastCountedAt };
    }
    const rejection = findRejection(before, adjustment);
    if (rejection) return rejection;
    if ('setOnHand' in adjustment.change) {
      lastCounts.set(sku, countedAt);
      counted.add(sku);
    }
    const onHandDelta = onHandAfter(before, adjustment) - before.onHand;
    const change = { kind: 'ADJUSTED', onHandDelta, reservedDelta: 0, adjustmentId: id } as const;
    const applied = applyChange(before, { ...change, reason, actor, allowShortfall }, state.now);
    levels.set(sku, applied.level);
    recorded.set(id, applied.movement);
    movements.push(applied.movement);
    return { kind: 'recorded', ...applied, alreadyRecorded: false };
  });
  const changed = [...new Set(movements.map(({ sku }) => sku))].flatMap(
    (sku) => levels.get(sku) ?? [],
  );
  return {
    outcomes,
    movements,
    created: changed.filter(({ sku }) => !state.levels.has(sku)),
    updated: changed.filter(({ sku }) => state.levels.has(sku)),
    counts: [...counted].map((sku) => ({ sku, countedAt: lastCounts.get(sku) ?? state.now })),
  };
};
