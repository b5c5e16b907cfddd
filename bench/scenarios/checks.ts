import { median, formatNumber, measured } from '../../test/harness/figures';
import { emptyDatabase, type TestDatabase } from '../../test/harness/databases';
import type { Scenario } from '../bench';

const IDS = 200_000;
const ROUNDS = 5;

const CONDITIONS = {
  'every row, unchecked': 'true',
  'the pattern with {1,64}': `id ~ '^[A-Za-z0-9._:-]{1,64}$'`,
  'the pattern and the length': `id ~ '^[A-Za-z0-9._:-]+$' and length(id) <= 64`,
};

/** Returns how long Postgres takes to count the ids that meet a condition. */
const countMs = async (database: TestDatabase, condition: string): Promise<number> => {
  const [row] = await database.query<{ 'QUERY PLAN': readonly { 'Execution Time': number }[] }>(
    `explain (analyze, timing off, format json) select count(*) from ids where ${condition}`,
  );
  return row?.['QUERY PLAN'][0]?.['Execution Time'] ?? Number.NaN;
};

/** What the CHECK of an id costs in its first form and in its present one. */
export const checks: Scenario = {
  title: `the CHECK of an id, over ${formatNumber(IDS)} UUIDs`,
  isDiagnostic: true,
  run: async (bench) => {
    const database = await emptyDatabase();
    bench.atEnd(() => database.drop());
    await database.query(
      `create table ids as select gen_random_uuid()::text as id from generate_series(1, ${IDS})`,
    );
    await database.query('vacuum analyze ids');
    const times = new Map<string, number[]>();
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const [name, condition] of Object.entries(CONDITIONS)) {
        times.set(name, [...(times.get(name) ?? []), await countMs(database, condition)]);
      }
    }
    const figures = [...times].map(([name, ms]) =>
      measured(name, `${formatNumber(median(ms))} ms`),
    );
    return { series: [], figures };
  },
};
