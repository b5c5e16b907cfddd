import type { Client } from 'pg';
import { withWaitIndicator } from '../command-line/wait-indicator';
import { type Check, type CheckSet, differenceLine } from './check';
import {
  countRows,
  differencesOf,
  type ReadTarget,
  schemaChecksOf,
  withSnapshot,
} from './snapshot';

/** Resolves when the text is written, so that output does not pile up in memory. */
export type Write = (text: string) => Promise<void>;

/** How many differences each rule has. Rules without a difference are absent. */
export type DifferenceCounts = ReadonlyMap<string, number>;

/** Runs all checks on one snapshot of a database and writes the results. */
export const reportDatabase = (
  target: ReadTarget,
  set: CheckSet,
  write: Write,
): Promise<DifferenceCounts> => {
  const startedMs = performance.now();
  return withSnapshot(target, async (client) => {
    const differences = new Map<string, number>();
    const reportAll = async (checks: readonly Check[], counts: ReadonlyMap<string, number>) => {
      for (const check of checks) {
        const { name, rule, subject, count = counts.get(subject) } = check;
        const headline = `${name}: ${rule} (${formatNumber(count)} ${subject})`;
        const found = await reportCheck(client, check, headline, write);
        if (found > 0) differences.set(name, found);
      }
    };
    // First, because the other checks fail if a table or a column is missing.
    await reportAll(await schemaChecksOf(client, set), new Map());
    const counts = await withWaitIndicator('Counting rows', () => countRows(client, set));
    await reportAll(set.checks, counts);
    const totals = [...counts].map(([name, count]) => `${formatNumber(count)} ${name}`).join(', ');
    await write(`\n${totals}; ${secondsSince(startedMs)} s`);
    return differences;
  });
};

const reportCheck = async (
  client: Client,
  check: Check,
  headline: string,
  write: Write,
): Promise<number> => {
  const differences = await withWaitIndicator(`Checking ${check.name}`, async ({ hide }) => {
    let found = 0;
    for await (const page of differencesOf(client, check)) {
      hide();
      if (found === 0) await write(`DIFFERS  ${headline}`);
      await write(page.map((difference) => `    ${differenceLine(check, difference)}`).join('\n'));
      found += page.length;
    }
    return found;
  });
  if (differences === 0) await write(`ok       ${headline}`);
  return differences;
};

/** Returns the sum of the counts: some rules are checked in both databases. */
export const addUp = (...all: readonly DifferenceCounts[]): DifferenceCounts => {
  const sum = new Map<string, number>();
  for (const [name, count] of all.flatMap((counts) => [...counts]))
    sum.set(name, (sum.get(name) ?? 0) + count);
  return sum;
};

/** Returns the last line of the report: PASS, or FAIL with the number of differences by rule. */
export const verdictOf = (differences: DifferenceCounts): string => {
  const total = [...differences.values()].reduce((sum, count) => sum + count, 0);
  if (total === 0) return 'PASS: no differences.';
  const noun = total === 1 ? 'difference' : 'differences';
  const rules = [...differences].map(([name, count]) => `${name} ${formatNumber(count)}`);
  return `FAIL: ${formatNumber(total)} ${noun} (${rules.join(', ')}).`;
};

export const formatNumber = (value = 0): string => value.toLocaleString('en');

export const secondsSince = (startedMs: number): string =>
  ((performance.now() - startedMs) / 1_000).toFixed(1);
