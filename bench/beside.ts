import { markdownTable } from '../test/harness/figures';
import type { ScenarioFigures } from '../test/harness/verdict';

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
