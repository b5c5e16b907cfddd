import { type CheckSet, differenceLine } from '../../apps/cli/src/verify/check';
import { compareDatabases } from '../../apps/cli/src/verify/compare';
import { inventoryChecks } from '../../apps/cli/src/verify/inventory-checks';
import { ordersChecks } from '../../apps/cli/src/verify/orders-checks';
import { firstDifferences, schemaChecksOf, withSnapshot } from '../../apps/cli/src/verify/snapshot';
import type { TestDatabase } from './databases';

/** The first differences show what is wrong. */
const MAX_DIFFERENCES = 100;
const SORT_IN_MEMORY = '256MB';

export interface BothDatabases {
  readonly inventory: TestDatabase;
  /** Undefined where Inventory ran alone. */
  readonly orders: TestDatabase | undefined;
}

/**
 * Returns what `npm run verify` finds in databases at rest, in each and between them. All checks run at
 * the same time: on large databases each of them uses a core for minutes.
 */
export const differencesAtRest = async ({
  inventory,
  orders,
}: BothDatabases): Promise<readonly string[]> => {
  // Autovacuum has not yet analyzed tables that were empty a minute ago.
  for (const database of [inventory, orders]) await database?.query('analyze');
  const found = await Promise.all([
    differencesIn(inventory, inventoryChecks),
    ...(orders ? [differencesIn(orders, ordersChecks), differencesBetween(orders, inventory)] : []),
  ]);
  return found.flat();
};

const differencesIn = ({ ownerUrl }: TestDatabase, set: CheckSet): Promise<string[]> =>
  withSnapshot({ url: ownerUrl }, async (client) => {
    await client.query(`set local work_mem = '${SORT_IN_MEMORY}'`);
    const checks = [...(await schemaChecksOf(client, set)), ...set.checks];
    return firstDifferences(client, { checks }, MAX_DIFFERENCES);
  });

const differencesBetween = async (
  orders: TestDatabase,
  inventory: TestDatabase,
): Promise<string[]> => {
  const lines: string[] = [];
  const comparison = {
    orders: { url: orders.ownerUrl },
    inventory: { url: inventory.ownerUrl },
    atRest: true,
  };
  await compareDatabases(comparison, (differences) => {
    lines.push(...differences.map((each) => differenceLine(each, each)));
  });
  return lines;
};
