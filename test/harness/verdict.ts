import { type Figure, formatNumber } from './figures';
import { meaningOf } from './row-meanings';

/** The figures of one scenario. */
export interface ScenarioFigures {
  readonly scenario: string;
  readonly figures: readonly Figure[];
}

const MAX_LISTED = 20;

/**
 * Returns the end of a run: each missed goal with what it means, and PASS or FAIL in the last line.
 */
export const verdictOf = (scenarios: readonly ScenarioFigures[]): string => {
  const goals = scenarios.flatMap(({ figures }) => figures).filter(({ goal }) => goal !== '');
  const missed = scenarios.flatMap(({ scenario, figures }) =>
    figures.filter(({ isMet }) => !isMet).map((figure) => formatMissed(scenario, figure)),
  );
  const noun = goals.length === 1 ? 'goal' : 'goals';
  if (missed.length === 0) {
    return goals.length === 0
      ? 'PASS: measured without goals.'
      : `PASS: ${formatNumber(goals.length)} ${noun} met.`;
  }
  const more = missed.length - MAX_LISTED;
  return [
    ...missed.slice(0, MAX_LISTED),
    ...(more > 0 ? [`… and ${more} more`] : []),
    `FAIL: ${formatNumber(missed.length)} of ${formatNumber(goals.length)} ${noun} missed.`,
  ].join('\n');
};

const formatMissed = (scenario: string, { name, goal, value }: Figure): string => {
  const meaning = meaningOf(name);
  const explained = meaning === undefined ? '' : ` (${meaning})`;
  return `MISSED  ${scenario}: ${name}: ${value}, goal ${goal}${explained}`;
};
