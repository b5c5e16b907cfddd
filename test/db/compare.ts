import { differenceLine } from '../../tools/verify/check';
import { type Compared, compareDatabases, type Comparison } from '../../tools/verify/compare';
import type { TestDatabase } from '../harness/databases';

export interface Databases {
  readonly orders: TestDatabase;
  readonly inventory: TestDatabase;
}

export interface Outcome extends Compared {
  readonly lines: string[];
}

/** Compares them as `npm run verify` does, without a pause between two reads. */
export const compare = async (
  { orders, inventory }: Databases,
  how: Partial<Pick<Comparison, 'atRest' | 'pause'>> = {},
): Promise<Outcome> => {
  const lines: string[] = [];
  const urls = { ordersUrl: orders.url, inventoryUrl: inventory.url };
  const noPause = () => Promise.resolve();
  const compared = await compareDatabases(
    { ...urls, atRest: false, pause: noPause, ...how },
    (differences) => {
      lines.push(...differences.map((difference) => differenceLine(difference, difference)));
    },
  );
  return { ...compared, lines };
};
