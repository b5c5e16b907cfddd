import { type Figure, none, number } from '../test/reliability/goal';
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

/** All checks of `npm run verify` on our databases, at rest, each alone and one against the other. */
export const verifyFigure = async ({ say }: Bench, ours: Ours): Promise<Figure> => {
  const { inventory, orders } = ours.databases;
  say('verifying the ledger');
  // Autovacuum has not come round yet to tables that were empty a minute ago.
  for (const database of [inventory, orders]) await database.query('analyze');
  const lines = await withSnapshot(inventory.ownerUrl, (client) =>
    firstDifferences(client, inventoryChecks, MAX_DIFFERENCES),
  );
  if (ours.hasOrders) {
    await ours.untilRest();
    const found = await withSnapshot(orders.ownerUrl, (client) =>
      firstDifferences(client, ordersChecks, MAX_DIFFERENCES),
    );
    lines.push(...found);
    const how = { ordersUrl: orders.ownerUrl, inventoryUrl: inventory.ownerUrl, atRest: true };
    await compareDatabases(how, (differences) => {
      lines.push(...differences.map(({ name, place }) => `${name}: ${place}`));
    });
  }
  for (const line of lines.slice(0, SHOWN)) say(`verify: ${line}`);
  return none('differences that `verify` finds', lines.length);
};
