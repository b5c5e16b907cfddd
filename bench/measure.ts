/**
 * The part of `npm run bench` (run.ts) that measures, on the Node that executes it. Prints Markdown and
 * sends the figures to its parent; a run of all scenarios on the Node of the images also writes
 * docs/results/bench.md. Exit code 1: a goal was missed, an answer was wrong or the databases have
 * differences. 2: it could not measure.
 */
import { interrupted, namesOf, progress, runAndExit } from '../test/harness/command';
import { LoadGenerator } from '../test/harness/load/load-generator';
import type { ScenarioFigures } from '../test/harness/verdict';
import { type RestartablePostgres, withPostgres } from '../test/harness/postgres';
import { ensureBuilt } from '../tools/build';
import { IMAGE_NODE } from '../tools/node-binary';
import type { Log } from '../tools/tool';
import { buildBaselines } from './baseline';
import type { Outcome, Scenario } from './bench';
import { writeTables } from './document';
import { describeEnvironment } from './environment';
import { formatOutcome } from './report';
import { SCENARIOS } from './scenarios/scenarios';

const runScenario = async (
  { run }: Scenario,
  log: Log,
  postgres: RestartablePostgres,
): Promise<Outcome> => {
  const load = LoadGenerator.start();
  const ends: (() => Promise<unknown>)[] = [() => load.stop()];
  try {
    return await run({ log, load, postgres, atEnd: (end) => ends.push(end) });
  } finally {
    for (const end of ends.reverse()) await end();
  }
};

const main = async (): Promise<void> => {
  const names = namesOf(SCENARIOS);
  const log = progress();
  await ensureBuilt({ log });
  log('Building the baselines…');
  await buildBaselines();
  await withPostgres((postgres) => Promise.race([runAll(names, log, postgres), interrupted()]));
  log('Done.');
};

const runAll = async (
  names: readonly string[],
  log: Log,
  postgres: RestartablePostgres,
): Promise<void> => {
  const parts = [await describeEnvironment()];
  console.log(parts[0]);
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    if (names.length > 0 ? !names.includes(name) : scenario.isDiagnostic) continue;
    const outcome = await runScenario(scenario, (text) => log(`${name}: ${text}`), postgres);
    const tables = formatOutcome(name, scenario.title, outcome);
    console.log(`\n${tables}`);
    parts.push(tables);
    process.send?.({ scenario: name, figures: outcome.figures } satisfies ScenarioFigures);
    if (outcome.figures.some(({ isMet }) => !isMet)) process.exitCode = 1;
  }
  const isOfTheImages = process.version.startsWith(`v${IMAGE_NODE}.`);
  if (names.length === 0 && isOfTheImages) await writeTables(parts.join('\n\n'));
};

// The parent was killed.
process.once('disconnect', () => process.exit(2));

runAndExit(main);
