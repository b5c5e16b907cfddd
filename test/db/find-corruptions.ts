import type { Client } from 'pg';
import type { Check } from '../../apps/cli/src/verify/check';
import { firstDifferences } from '../../apps/cli/src/verify/snapshot';
import type { TestDatabase } from '../harness/databases';
import type { Corruption } from './corruption';

/** Declares tests that each corruption is found with its line, and that each check finds a corruption. */
export const itFindsCorruptions = (
  database: () => TestDatabase,
  checksFor: (client: Client) => Promise<readonly Check[]> | readonly Check[],
  corruptions: readonly Corruption[],
): void => {
  let administrator: Client;
  let checks: readonly Check[];

  beforeAll(async () => {
    administrator = await database().connect();
    checks = await checksFor(administrator);
  });

  afterAll(() => administrator.end());

  /** Returns what the check of this name finds after a statement, which is rolled back. */
  const differencesAfter = async (sql: string, check: string | undefined): Promise<string[]> => {
    const named = checks.filter(({ name }) => name === check);
    await administrator.query(`begin; set local timezone = 'UTC'`);
    try {
      await administrator.query(sql);
      return await firstDifferences(administrator, { checks: named }, 100);
    } finally {
      await administrator.query('rollback');
    }
  };

  it.each(corruptions)('$what', async ({ sql, line }) => {
    expect(await differencesAfter(sql, nameIn(line))).toContainEqual(
      typeof line === 'string' ? line : expect.stringMatching(line),
    );
  });

  it('at least one corruption with each check', () => {
    const tried = new Set(corruptions.map(({ line }) => nameIn(line)));
    const faults = checks
      .filter(({ name }) => !tried.has(name))
      .map(
        ({ name }) =>
          `No corruption proves that the check ${name} finds anything: add one to ` +
          'test/db/*corruptions.ts.',
      );
    expect(faults).toEqual([]);
    expect([...tried]).toEqual(checks.map(({ name }) => name));
  });
};

const nameIn = (line: string | RegExp): string | undefined =>
  /[a-z-]+/.exec(typeof line === 'string' ? line : line.source)?.[0];
