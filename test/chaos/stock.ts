import { times } from '../harness/wait';
import type { Line } from './placement';
import type { Random } from '../harness/random';

const HOT = times(3, (index) => `hot-${index}`);
const COLD = times(40, (index) => `cold-${index}`);
/** Sold out soon, and again after each cancel. */
const SCARCE = times(6, (index) => `scarce-${index}`);
const PLENTY = 100_000_000;
const FEW = 40;

export const STOCK: readonly (readonly [sku: string, units: number])[] = [
  ...[...HOT, ...COLD].map((sku) => [sku, PLENTY] as const),
  ...SCARCE.map((sku) => [sku, FEW] as const),
];

const MAX_LINES = 5;
const BASKETS = 1_000;
const SCARCE_SHARE = 0.15;

/** A fixed set of baskets: hundreds of thousands of orders share their lines in memory. */
export const basketsOf = (random: Random): readonly (readonly Line[])[] =>
  times(BASKETS, () => {
    const skus = new Set(
      times(random.between(1, MAX_LINES), () => random.pick(random.chance(0.4) ? HOT : COLD)),
    );
    if (random.chance(SCARCE_SHARE)) skus.add(random.pick(SCARCE));
    return [...skus].map((sku) => ({ sku, quantity: random.between(1, 3) }));
  });
