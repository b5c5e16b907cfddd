import { type Figure, none, number } from '../test/reliability/goal';
import type { TestDatabase } from '../test/support/databases';
import { type CheckSet, differenceLine } from '../tools/verify/check';
import { compareDatabases } from '../tools/verify/compare';
import { inventoryChecks } from '../tools/verify/inventory-checks';
import { ordersChecks } from '../tools/verify/orders-checks';
import { firstDifferences, withSnapshot } from '../tools/verify/snapshot';
import type { Bench } from './bench';
import type { UnitsGiven } from './load/generator';
import type { Ours } from './ours';

/** More than that say no more. */
const MAX_DIFFERENCES = 100;
const SHOWN = 3;
const SORT_IN_MEMORY = '256MB';

/** What all those that were measured have to be: right, in every answer. */
export const answersFigure = ({ load, say }: Bench): Figure => {
  const { count, examples } = load.wrong;
  for (const example of examples.slice(0, SHOWN)) say(`wrong answer: ${example}`);
  return none('wrong answers', count);
};

/** What answers gave in all, beside what the database has of it. */
export const answeredFigure = (
  what: string,
  { surely, inDoubt }: UnitsGiven,
  found: number,
): Figure => ({
  what,
  goal: `${number(surely)} answered${inDoubt > 0 ? `, ${number(inDoubt)} in doubt` : ''}`,
  found: number(found),
  holds: found >= surely && found <= surely + inDoubt,
});

/**
 * All checks of `npm run verify` on our databases, at rest, each alone and one against the other: all at
 * the same time, since with a long past each of them takes a core for minutes.
 */
export const verifyFigure = async (
  { say }: Bench,
  ours: Ours,
  whose = 'QuickBite',
): Promise<Figure> => {
  const { inventory, orders } = ours.databases;
  if (ours.hasOrders) await ours.untilRest();
  // Autovacuum has not come round yet to tables that were empty a minute ago.
  for (const database of [inventory, orders]) await database.query('analyze');
  const startedMs = performance.now();
  const found = await Promise.all([
    differencesIn(inventory, inventoryChecks),
    ...(ours.hasOrders ? [differencesIn(orders, ordersChecks), differencesBetween(ours)] : []),
  ]);
  const lines = found.flat();
  say(`${whose} is verified: ${number((performance.now() - startedMs) / 1_000)} s`);
  for (const line of lines.slice(0, SHOWN)) say(`verify: ${line}`);
  return none(`${whose}: differences that \`verify\` finds`, lines.length);
};

const differencesIn = ({ ownerUrl }: TestDatabase, checks: CheckSet): Promise<string[]> =>
  withSnapshot(ownerUrl, async (client) => {
    await client.query(`set local work_mem = '${SORT_IN_MEMORY}'`);
    return firstDifferences(client, checks, MAX_DIFFERENCES);
  });

const differencesBetween = async ({ databases }: Ours): Promise<string[]> => {
  const lines: string[] = [];
  const comparison = {
    ordersUrl: databases.orders.ownerUrl,
    inventoryUrl: databases.inventory.ownerUrl,
    atRest: true,
  };
  await compareDatabases(comparison, (differences) => {
    lines.push(...differences.map((each) => differenceLine(each, each)));
  });
  return lines;
};
