import {
  median,
  markdownTable,
  type Figure,
  formatNumber,
  figureTable,
  measured,
} from '../test/harness/figures';
import type { Contestant, Outcome, Round } from './bench';
import { OTHERS } from './processor';

/** Less than that of a core is not told of. */
const WORTH_TELLING = 0.01;

/** The tables of one scenario. */
export const tablesOf = (
  name: string,
  title: string,
  { contestants, figures, tables = [] }: Outcome,
): string => {
  const parts = [`### \`${name}\`: ${title}`, ...tables];
  if (contestants.length > 0) parts.push(contestantsTable(contestants));
  parts.push(figureTable('What', [...figures, ...disturbance(contestants)]));
  return parts.join('\n\n');
};

const contestantsTable = (contestants: readonly Contestant[]): string =>
  markdownTable(
    ['Median of the rounds', 'a second', 'min', 'max', 'p50', 'p99', 'cores taken by'],
    contestants.map(({ name, rounds }) => {
      const all = (what: 'perSecond' | 'p50Ms' | 'p99Ms') => rounds.map((round) => round[what]);
      const rates = all('perSecond');
      return [
        name,
        formatNumber(median(rates)),
        formatNumber(Math.min(...rates)),
        formatNumber(Math.max(...rates)),
        `${formatNumber(median(all('p50Ms')))} ms`,
        `${formatNumber(median(all('p99Ms')))} ms`,
        coresOf(rounds),
      ];
    }),
  );

const coresOf = (rounds: readonly Round[]): string => {
  const kinds = new Set(rounds.flatMap(({ coresTaken }) => [...coresTaken.keys()]));
  return [...kinds]
    .map((kind) => ({
      kind,
      cores: median(rounds.map(({ coresTaken }) => coresTaken.get(kind) ?? 0)),
    }))
    .filter(({ cores }) => cores >= WORTH_TELLING)
    .sort((a, b) => b.cores - a.cores)
    .map(({ kind, cores }) => `${kind} ${cores.toFixed(2)}`)
    .join(', ');
};

/** What other programs took meanwhile: with more than a little, the figures are of them as well. */
const disturbance = (contestants: readonly Contestant[]): Figure[] => {
  const taken = contestants.flatMap(({ rounds }) =>
    rounds.flatMap(({ coresTaken }) => coresTaken.get(OTHERS) ?? []),
  );
  if (taken.length === 0) return [];
  const worst = formatNumber(Math.max(...taken));
  return [measured('cores that other programs took, in the worst round', worst)];
};
