import { times } from '../test/harness/wait';

/** Units of each SKU that must not run out. */
export const PLENTY = 100_000_000;

export const HOT = ['hot'] as const;
export const MANY: readonly string[] = times(10_000, (index) => `sku-${index}`);
