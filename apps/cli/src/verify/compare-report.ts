import { withWaitIndicator } from '../command-line/wait-indicator';
import { differenceLine } from './check';
import { type Comparison, compareDatabases, type ComparisonOptions } from './compare';
import { pairRules } from './pair-rules';
import { type DifferenceCounts, formatNumber, secondsSince, type Write } from './report';

/** Compares the two databases and writes the results. */
export const reportComparison = async (
  options: ComparisonOptions,
  write: Write,
): Promise<DifferenceCounts> => {
  const startedMs = performance.now();
  const comparison = await withWaitIndicator('Comparing', ({ hide }) =>
    compareDatabases(options, (differences) => {
      hide();
      return write(differences.map((each) => `    ${differenceLine(each, each)}`).join('\n'));
    }),
  );
  const { orders, reservations, differences } = comparison;
  for (const { name, rule } of pairRules) {
    if (name === 'unfinished' && !options.atRest) continue;
    const found = differences.get(name) ?? 0;
    await write(
      found === 0
        ? `ok       ${name}: ${rule}`
        : `DIFFERS  ${name}: ${formatNumber(found)} above. ${rule}`,
    );
  }
  await write(
    `\n${formatNumber(orders)} orders, ${formatNumber(reservations)} reservations; ${secondsSince(startedMs)} s`,
  );
  await write(describeActivity(comparison));
  return differences;
};

/** What is in progress is no difference: the reconciler or the next request finishes it. */
const describeActivity = ({ inFlight, parked, transient }: Comparison): string => {
  const unfinished = [...inFlight.values()].reduce((sum, found) => sum + found, 0);
  const statuses = [...inFlight].map(([status, found]) => `${formatNumber(found)} ${status}`);
  return [
    `In flight: ${formatNumber(unfinished)}${statuses.length > 0 ? ` (${statuses.join(', ')})` : ''}`,
    `parked: ${formatNumber(parked)}`,
    `changed during the comparison: ${formatNumber(transient)}`,
  ].join('; ');
};
