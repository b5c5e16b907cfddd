import { differenceLine } from '../../apps/cli/src/verify/check';
import {
  compareDatabases,
  type Comparison,
  type ComparisonOptions,
} from '../../apps/cli/src/verify/compare';
import type { TestDatabase } from '../harness/databases';

export interface Databases {
  readonly orders: TestDatabase;
  readonly inventory: TestDatabase;
}

export interface Outcome extends Comparison {
  readonly lines: string[];
}

/** Compares them as `npm run verify` does, but without waiting between two reads. */
export const compare = async (
  { orders, inventory }: Databases,
  how: Partial<Pick<ComparisonOptions, 'atRest' | 'pause'>> = {},
): Promise<Outcome> => {
  const lines: string[] = [];
  const atOnce = () => Promise.resolve();
  const comparison = await compareDatabases(
    { orders, inventory, atRest: false, pause: atOnce, ...how },
    (differences) => {
      lines.push(...differences.map((difference) => differenceLine(difference, difference)));
    },
  );
  return { ...comparison, lines };
};
