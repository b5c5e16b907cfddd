import { type Figure, markdownTable } from '../test/harness/figures';

/** The figures of one scenario, as a process that measures reports them. */
export interface ScenarioFigures {
  readonly scenario: string;
  readonly figures: readonly Figure[];
}

/** Returns a table with the values that several versions of Node had, by version. */
export const besideTable = (results: ReadonlyMap<string, readonly ScenarioFigures[]>): string => {
  const versions = [...results.keys()];
  const rows = new Map<string, Map<string, string>>();
  for (const [version, scenarios] of results) {
    for (const { scenario, figures } of scenarios) {
      for (const { name, value } of figures) {
        const row = `\`${scenario}\`: ${name}`;
        rows.set(row, (rows.get(row) ?? new Map<string, string>()).set(version, value));
      }
    }
  }
  return markdownTable(
    ['Figure', ...versions.map((version) => `Node ${version}`)],
    [...rows].map(([row, values]) => [
      row,
      ...versions.map((version) => values.get(version) ?? ''),
    ]),
  );
};
