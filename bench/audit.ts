import { type Figure, zero, formatNumber } from '../test/harness/figures';
import { differencesAtRest } from '../test/harness/verify-databases';
import type { Bench } from './bench';
import type { ReservedUnits } from '../test/harness/load/load-generator';
import type { Ours } from './ours';

const SHOWN = 3;

/** What all those that were measured have to be: right, in every answer. */
export const answersFigure = ({ load, say }: Bench): Figure => {
  const { count, examples } = load.wrong;
  for (const example of examples.slice(0, SHOWN)) say(`wrong answer: ${example}`);
  return zero('wrong answers', count);
};

/** What answers gave in all, beside what the database has of it. */
export const answeredFigure = (
  what: string,
  { certain, inDoubt }: ReservedUnits,
  found: number,
): Figure => ({
  name: what,
  goal: `${formatNumber(certain)} answered${inDoubt > 0 ? `, ${formatNumber(inDoubt)} in doubt` : ''}`,
  value: formatNumber(found),
  isMet: found >= certain && found <= certain + inDoubt,
});

/** All that `npm run verify` compares, at rest. */
export const verifyFigure = async (
  { say }: Bench,
  ours: Ours,
  whose = 'QuickBite',
): Promise<Figure> => {
  const { inventory, orders } = ours.databases;
  if (ours.hasOrders) await ours.untilRest();
  const startedMs = performance.now();
  const lines = await differencesAtRest({ inventory, orders: ours.hasOrders ? orders : undefined });
  say(`${whose} is verified: ${formatNumber((performance.now() - startedMs) / 1_000)} s`);
  for (const line of lines.slice(0, SHOWN)) say(`verify: ${line}`);
  return zero(`${whose}: differences that \`verify\` finds`, lines.length);
};
