import { Random } from '../../test/harness/random';
import type { Wanted } from './plan';

/** So many different ones are made beforehand and sent again and again: making one costs more than sending it. */
const BASKETS = 8_192;
const SEED = 1;

/** The SKUs of each basket, all of one basket different; the same at each run. */
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

/** Where the first number of an ascending list is that is above `value`. */
const firstAbove = (ascending: readonly number[], value: number): number => {
  let [low, high] = [0, ascending.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] ?? 0) > value) high = middle;
    else low = middle + 1;
  }
  return low;
};
