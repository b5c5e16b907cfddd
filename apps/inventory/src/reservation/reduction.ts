import type { LineDto } from '@app/contracts';
import { mergeLines } from './reservation';

const unitsOf = (lines: readonly LineDto[], sku: string): number =>
  lines.find((line) => line.sku === sku)?.quantity ?? 0;

/** Returns the lines of `kept` that name more units than `held` has of their SKU. All are merged. */
export const linesAbove = (kept: readonly LineDto[], held: readonly LineDto[]): LineDto[] =>
  kept.filter(({ sku, quantity }) => quantity > unitsOf(held, sku));

/** The lines of a hold after a reduction, and the units that it returns. */
export interface Reduction {
  readonly left: readonly LineDto[];
  readonly returned: readonly LineDto[];
}

/**
 * Divides merged lines. Each keeps at most what `kept` names, and never gets more than it has: calls may
 * arrive in any order and any number of times, and the result is the same.
 */
export const reductionOf = (lines: readonly LineDto[], kept: readonly LineDto[]): Reduction => {
  const left: LineDto[] = [];
  const returned: LineDto[] = [];
  for (const { sku, quantity } of lines) {
    const stays = Math.min(quantity, unitsOf(kept, sku));
    if (stays > 0) left.push({ sku, quantity: stays });
    if (stays < quantity) returned.push({ sku, quantity: quantity - stays });
  }
  return { left, returned };
};

/** Returns the lines as they were held, from what is left and the reduced lines as they were held. */
export const heldLinesOf = (left: readonly LineDto[], reduced: readonly LineDto[]): LineDto[] => {
  const unreduced = left.filter((line) => unitsOf(reduced, line.sku) === 0);
  return mergeLines([...unreduced, ...reduced]);
};
