import {
  type Figure,
  figureTable,
  formatNumber,
  markdownTable,
  measured,
  median,
} from '../test/harness/figures';
import { explainRows } from '../test/harness/row-meanings';
import type { Outcome, Round, Series } from './bench';
import { OTHERS } from './cpu-usage';

/** Smaller shares of a core are left out. */
const MIN_CORES = 0.01;

/** Returns the Markdown of one scenario. */
export const formatOutcome = (
  name: string,
  title: string,
  { series, figures, tables = [] }: Outcome,
): string => {
  const parts = [`### \`${name}\`: ${title}`, ...tables];
  if (series.length > 0) parts.push(seriesTable(series));
  const rows = [...figures, ...disturbance(series)];
  parts.push(figureTable('Figure', rows), explainRows(rows));
  return parts.join('\n\n');
};

const seriesTable = (series: readonly Series[]): string =>
  markdownTable(
    ['Median of the rounds', 'a second', 'min', 'max', 'p50', 'p99', 'cores used by'],
    series.map(({ name, rounds }) => {
      const all = (what: 'perSecond' | 'p50Ms' | 'p99Ms') => rounds.map((round) => round[what]);
      const rates = all('perSecond');
      return [
        name,
        formatNumber(median(rates)),
        formatNumber(Math.min(...rates)),
        formatNumber(Math.max(...rates)),
        `${formatNumber(median(all('p50Ms')))} ms`,
        `${formatNumber(median(all('p99Ms')))} ms`,
        formatCores(rounds),
      ];
    }),
  );

const formatCores = (rounds: readonly Round[]): string => {
  const kinds = new Set(rounds.flatMap(({ coresUsed }) => [...coresUsed.keys()]));
  return [...kinds]
    .map((kind) => ({
      kind,
      cores: median(rounds.map(({ coresUsed }) => coresUsed.get(kind) ?? 0)),
    }))
    .filter(({ cores }) => cores >= MIN_CORES)
    .sort((a, b) => b.cores - a.cores)
    .map(({ kind, cores }) => `${kind} ${cores.toFixed(2)}`)
    .join(', ');
};

/** The cores that other programs used. A high value makes the other figures unreliable. */
const disturbance = (series: readonly Series[]): Figure[] => {
  const used = series.flatMap(({ rounds }) =>
    rounds.flatMap(({ coresUsed }) => coresUsed.get(OTHERS) ?? []),
  );
  if (used.length === 0) return [];
  const worst = formatNumber(Math.max(...used));
  return [measured('cores that other programs used, in the worst round', worst)];
};
