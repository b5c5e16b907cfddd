import { LIMITS } from '@app/contracts';
import { applyChange, type Movement, emptyLevel, type StockLevel } from '../stock/stock';

/** A correction of what is on hand, by a number of units or to one. */
export interface Adjustment {
  readonly id: string;
  readonly sku: string;
  readonly change: { readonly delta: number } | { readonly setOnHand: number };
  readonly reason: string;
  readonly actor: string;
  /** Adjust only if so many units are on hand. Null: whatever there is. */
  readonly expectedOnHand: number | null;
  /** Adjust even if fewer units are left than are reserved. */
  readonly allowShortfall: boolean;
}

/** What an adjustment came to. */
export type AdjustmentOutcome =
  /** Recorded now or before; the level is that of now. */
  | {
      readonly kind: 'recorded';
      readonly movement: Movement;
      readonly level: StockLevel;
      readonly alreadyRecorded: boolean;
    }
  /** The id is in use for another adjustment, which differs in these fields of the request. */
  | { readonly kind: 'mismatch'; readonly movement: Movement; readonly differsIn: string[] }
  /** Another number of units is on hand than was expected. */
  | { readonly kind: 'unexpected'; readonly level: StockLevel }
  /** Not so many units would be left as there must be, or more than there may be. */
  | {
      readonly kind: 'belowReserved' | 'belowZero' | 'aboveLimit';
      readonly level: StockLevel;
      readonly onHandAfter: number;
    };

/** What is true when adjustments are decided, read under lock. */
export interface LockedAdjustmentState {
  readonly levels: ReadonlyMap<string, StockLevel>;
  /** Movements of adjustments that were recorded before, by their id. */
  readonly recorded: ReadonlyMap<string, Movement>;
  readonly now: Date;
}

export interface AdjustmentDecisions {
  /** One for each adjustment, in the same order. */
  readonly outcomes: readonly AdjustmentOutcome[];
  readonly movements: readonly Movement[];
  /** Levels of SKUs that were not known before. */
  readonly created: readonly StockLevel[];
  readonly updated: readonly StockLevel[];
}

/** In what an adjustment is not the one that was recorded under its id: names of the wire's fields. */
const differingFields = (
  recorded: Movement,
  { sku, change, reason, actor }: Adjustment,
): string[] => {
  const same = {
    sku: recorded.sku === sku,
    ...('delta' in change
      ? { delta: recorded.onHandDelta === change.delta }
      : { set_on_hand: recorded.onHandAfter === change.setOnHand }),
    reason: recorded.reason === reason,
    actor: recorded.actor === actor,
  };
  return Object.entries(same).flatMap(([field, isSame]) => (isSame ? [] : [field]));
};

const onHandAfter = ({ onHand }: StockLevel, { change }: Adjustment): number =>
  'delta' in change ? onHand + change.delta : change.setOnHand;

/** Why an adjustment that is not recorded yet cannot be made, or undefined. */
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
  // One that adds units makes nothing worse, even where they still do not suffice.
  const takesReserved = after < level.reserved && after < level.onHand;
  return takesReserved && !allowShortfall ? { kind: 'belowReserved', ...details } : undefined;
};

/** Decides adjustments one after the other, in the order they came, on facts read under lock. */
export const decideAdjustments = (
  state: LockedAdjustmentState,
  adjustments: readonly Adjustment[],
): AdjustmentDecisions => {
  const levels = new Map(state.levels);
  const recorded = new Map(state.recorded);
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
    const rejection = findRejection(before, adjustment);
    if (rejection) return rejection;
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
  };
};
