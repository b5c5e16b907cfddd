import type { Client } from 'pg';
import { type Check, type CheckSet, differenceLine } from './check';
import { countRows, differencesOf, withSnapshot } from './snapshot';

/** Resolves when the lines are written, so that they do not pile up in memory. */
export type Say = (lines: string) => Promise<void>;

/** Runs all checks on one state of a database and says what they find. Gives how many that is. */
export const report = (url: string, set: CheckSet, say: Say): Promise<number> => {
  const startedMs = performance.now();
  return withSnapshot(url, async (client) => {
    const counts = await countRows(client, set);
    let differences = 0;
    for (const check of set.checks) {
      const { name, says, looksAt } = check;
      const headline = `${name}: ${says} (${number(counts.get(looksAt))} ${looksAt})`;
      differences += await reportCheck(client, check, headline, say);
    }
    const totals = [...counts].map(([what, count]) => `${number(count)} ${what}`).join(', ');
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    await say(`\n${totals}; ${seconds} s`);
    await say(verdict(differences));
    return differences;
  });
};

const reportCheck = async (
  client: Client,
  check: Check,
  headline: string,
  say: Say,
): Promise<number> => {
  let differences = 0;
  for await (const page of differencesOf(client, check)) {
    if (differences === 0) await say(`DIFFERS  ${headline}`);
    await say(page.map((difference) => `    ${differenceLine(check, difference)}`).join('\n'));
    differences += page.length;
  }
  if (differences === 0) await say(`ok       ${headline}`);
  return differences;
};

export const verdict = (differences: number): string => {
  if (differences === 0) return 'No differences.';
  return differences === 1 ? '1 difference.' : `${number(differences)} differences.`;
};

export const number = (value = 0): string => value.toLocaleString('en');
