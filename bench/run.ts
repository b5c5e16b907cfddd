/**
 * `npm run bench [-- NAME…]`: measures both services against what somebody else would have written on the
 * same Node, Nest and Postgres, and each figure against its goal. Prints Markdown; a run of all scenarios
 * also writes it into docs/results/bench.md. Exit code 1 where a goal is missed, an answer was wrong or the
 * ledger has differences; 2 where it could not measure. `profile`, `checks` and `plans` have no goals,
 * explain others, and run only when they are named.
 */
import { interrupted, namesOf, progress, runAndExit } from '../test/harness/command';
import { withPostgres, type RestartablePostgres } from '../test/harness/postgres';
import { ensureBuilt } from '../tools/build';
import type { Log } from '../tools/tool';
import type { Outcome, Scenario } from './bench';
import { writeTables } from './document';
import { LoadGenerator } from '../test/harness/load/load-generator';
import { headOf } from './machine';
import { buildBaselines } from './baseline';
import { tablesOf } from './report';
import { SCENARIOS } from './scenarios/scenarios';

const runScenario = async (
  { run }: Scenario,
  say: Log,
  postgres: RestartablePostgres,
): Promise<Outcome> => {
  const load = LoadGenerator.start();
  const endings: (() => Promise<unknown>)[] = [() => load.stop()];
  try {
    return await run({ say, load, postgres, atEnd: (end) => endings.push(end) });
  } finally {
    for (const end of endings.reverse()) await end();
  }
};

const main = async (): Promise<void> => {
  const names = namesOf(SCENARIOS);
  const say = progress();
  await ensureBuilt({ log: say });
  say('Building the baselines…');
  await buildBaselines();
  await withPostgres((postgres) => Promise.race([runAll(names, say, postgres), interrupted()]));
  say('Done.');
};

const runAll = async (
  names: readonly string[],
  say: Log,
  postgres: RestartablePostgres,
): Promise<void> => {
  const parts = [await headOf()];
  console.log(parts[0]);
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (names.length > 0 ? !names.includes(name) : scenario.isAside) continue;
    const outcome = await runScenario(scenario, (text) => say(`${name}: ${text}`), postgres);
    const tables = tablesOf(name, scenario.title, outcome);
    console.log(`\n${tables}`);
    parts.push(tables);
    if (outcome.figures.some(({ isMet }) => !isMet)) process.exitCode = 1;
  }
  if (names.length === 0) await writeTables(parts.join('\n\n'));
};

runAndExit(main);
