import { differenceLine } from './check';
import { type Compared, compareDatabases, type Comparison } from './compare';
import { pairRules } from './pair-rules';
import { number, type Say, verdict } from './report';

/** Compares two databases and says what is found. Gives how many differences that is. */
export const reportComparison = async (comparison: Comparison, say: Say): Promise<number> => {
  const startedMs = performance.now();
  const compared = await compareDatabases(comparison, (differences) =>
    say(
      differences.map((difference) => `    ${differenceLine(difference, difference)}`).join('\n'),
    ),
  );
  const { orders, reservations, differences } = compared;
  for (const { name, says } of pairRules) {
    if (name === 'unfinished' && !comparison.atRest) continue;
    const found = differences.get(name) ?? 0;
    await say(
      found === 0 ? `ok       ${name}: ${says}` : `DIFFERS  ${name}: ${number(found)}. ${says}`,
    );
  }
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  await say(`\n${number(orders)} orders, ${number(reservations)} reservations; ${seconds} s`);
  await say(underWay(compared));
  const total = [...differences.values()].reduce((sum, found) => sum + found, 0);
  await say(verdict(total));
  return total;
};

const underWay = ({ inFlight, parked, passing }: Compared): string => {
  const unfinished = [...inFlight.values()].reduce((sum, found) => sum + found, 0);
  const statuses = [...inFlight].map(([status, found]) => `${number(found)} ${status}`);
  return [
    `In flight: ${number(unfinished)}${statuses.length > 0 ? ` (${statuses.join(', ')})` : ''}`,
    `parked: ${number(parked)}`,
    `changed while they were read: ${number(passing)}`,
  ].join('; ');
};
