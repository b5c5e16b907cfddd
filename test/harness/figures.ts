/** A measured value beside the goal that it has to meet. */
export interface Figure {
  readonly name: string;
  /** Empty where there is no goal. */
  readonly goal: string;
  readonly value: string;
  readonly isMet: boolean;
}

export const atMost = (name: string, value: number, limit: number, unit: string): Figure => ({
  name,
  goal: `≤ ${formatNumber(limit)} ${unit}`,
  value: `${formatNumber(value)} ${unit}`,
  isMet: value <= limit,
});

export const atLeast = (name: string, value: number, limit: number, unit: string): Figure => ({
  name,
  goal: `≥ ${formatNumber(limit)} ${unit}`,
  value: `${formatNumber(value)} ${unit}`,
  isMet: value >= limit,
});

export const zero = (name: string, value: number): Figure => ({
  name,
  goal: '0',
  value: formatNumber(value),
  isMet: value === 0,
});

/** A value without a goal. */
export const measured = (name: string, value: string): Figure => ({
  name,
  goal: '',
  value,
  isMet: true,
});

export const measuredRatio = (name: string, ratio: number): Figure =>
  measured(name, `${formatNumber(ratio)} ×`);

export const formatNumber = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : value < 1_000 ? 1 : 0 });

/** Returns the p-th percentile (0 to 1), or NaN where there are no values. */
export const percentile = (values: readonly number[], p: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
};

export const median = (values: readonly number[]): number => percentile(values, 0.5);

export const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

/** Returns a Markdown table. The columns are not aligned; Prettier does that in a document. */
export const markdownTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export const figureTable = (title: string, figures: readonly Figure[]): string =>
  markdownTable(
    [title, 'Goal', 'Value', ''],
    figures.map(({ name, goal, value, isMet }) => [
      name,
      goal,
      value,
      goal === '' ? '' : isMet ? 'ok' : 'MISSED',
    ]),
  );
