import { markdownTable } from '../harness/markdown';

/** One figure, beside what it has to be. */
export interface Figure {
  readonly what: string;
  readonly goal: string;
  readonly found: string;
  readonly holds: boolean;
}

export const atMost = (what: string, found: number, limit: number, unit: string): Figure => ({
  what,
  goal: `≤ ${number(limit)} ${unit}`,
  found: `${number(found)} ${unit}`,
  holds: found <= limit,
});

export const atLeast = (what: string, found: number, limit: number, unit: string): Figure => ({
  what,
  goal: `≥ ${number(limit)} ${unit}`,
  found: `${number(found)} ${unit}`,
  holds: found >= limit,
});

export const none = (what: string, found: number): Figure => ({
  what,
  goal: '0',
  found: number(found),
  holds: found === 0,
});

/** What a goal is measured against, and has none itself. */
export const told = (what: string, found: string): Figure => ({
  what,
  goal: '',
  found,
  holds: true,
});

export const number = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : value < 1_000 ? 1 : 0 });

export const tableOf = (title: string, figures: readonly Figure[]): string =>
  markdownTable(
    [title, 'Goal', 'Found', ''],
    figures.map(({ what, goal, found, holds }) => [what, goal, found, holds ? 'ok' : 'MISSED']),
  );
