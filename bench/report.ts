import { number, tableOf } from '../test/reliability/goal';
import type { Contestant, Outcome } from './bench';
import type { Measured } from './load/plan';
import { median } from './rounds';

/** The tables of one scenario. */
export const tablesOf = (
  name: string,
  title: string,
  { contestants, figures }: Outcome,
): string => {
  const parts = [`### \`${name}\`: ${title}`];
  if (contestants.length > 0) parts.push(contestantsTable(contestants));
  parts.push(tableOf('What', figures));
  return parts.join('\n\n');
};

const contestantsTable = (contestants: readonly Contestant[]): string =>
  [
    '| Median of the rounds | a second | min | max | p50 | p99 | clients took |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...contestants.map(({ name, rounds }) => {
      const all = (what: keyof Pick<Measured, 'perSecond' | 'p50Ms' | 'p99Ms' | 'clientCpu'>) =>
        rounds.map((round) => round[what]);
      const rates = all('perSecond');
      const cells = [
        name,
        number(median(rates)),
        number(Math.min(...rates)),
        number(Math.max(...rates)),
        `${number(median(all('p50Ms')))} ms`,
        `${number(median(all('p99Ms')))} ms`,
        `${number(100 * median(all('clientCpu')))} % of a core`,
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ].join('\n');
