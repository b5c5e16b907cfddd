import { Random } from '../random';
import type { Wanted } from './plan';

/** Baskets are made in advance and sent again and again: making one costs more than sending it. */
const BASKETS = 8_192;
const SEED = 1;

/** Returns the SKUs of each basket, all different within one basket, and the same in each run. */
export const basketsOf = ({ skus, lines, draw }: Wanted): string[][] => {
  if (skus.length < lines) throw new Error(`${skus.length} SKUs are too few for ${lines} lines`);
  const pick = pickerOf(skus, draw, new Random(SEED));
  const count = skus.length === 1 ? 1 : BASKETS;
  return Array.from({ length: count }, () => {
    const basket = new Set<string>();
    while (basket.size < lines) basket.add(pick());
    return [...basket];
  });
};

const pickerOf = (
  skus: readonly string[],
  draw: Wanted['draw'],
  random: Random,
): (() => string) => {
  if (draw === 'even') return () => random.pick(skus);
  let sum = 0;
  const upTo = skus.map((_sku, index) => (sum += 1 / (index + 1)));
  return () => {
    const index = firstAbove(upTo, random.next() * sum);
    return skus[index] ?? '';
  };
};

/** Returns the index of the first number above `value` in an ascending list. */
const firstAbove = (ascending: readonly number[], value: number): number => {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
};
