/**
 * `npm run test:resilience [-- NAME…]`: measures how both services behave while a part fails, and prints each
 * figure beside its goal and what it means. Ends with PASS or FAIL. Exit code 1: a goal is missed or the
 * databases have differences. 2: a scenario could not run.
 */
import { ensureBuilt } from '../../tools/build';
import { interrupted, namesOf, progress, runAndExit } from '../harness/command';
import { figureTable } from '../harness/figures';
import { withPostgres } from '../harness/postgres';
import { explainRows } from '../harness/row-meanings';
import { type ScenarioFigures, verdictOf } from '../harness/verdict';
import { drain } from './backlog';
import { flashSale } from './flash-sale';
import { migrationUnderReader } from './migrations';
import { frozen, outage, refused } from './outages';
import { overload } from './overload';
import { postgresRestarts, rollingRestarts } from './restarts';
import { throughPgBouncer } from './pooler';
import { readers } from './readers';
import type { Scenario } from './scenario';
import { switchovers } from './switchover';

const SCENARIOS: Readonly<Record<string, { readonly title: string; readonly run: Scenario }>> = {
  frozen: { title: 'Inventory frozen (SIGSTOP)', run: frozen },
  refused: { title: 'Inventory down: connections refused', run: refused },
  outage: { title: 'Inventory down for 10 s', run: outage },
  drain: { title: 'A backlog after an outage', run: drain },
  overload: { title: 'Ten times the load', run: overload },
  'flash-sale': { title: 'A flash sale on a quarter of a core', run: flashSale },
  readers: { title: '64 hostile readers of each service', run: (log) => readers(log) },
  postgres: {
    title: 'Immediate restarts of Postgres under load',
    run: (log, postgres) => postgresRestarts(log, postgres),
  },
  pooler: {
    title: 'PgBouncer before both databases',
    run: (log, postgres) => throughPgBouncer(log, postgres),
  },
  switchover: {
    title: 'Switchovers to a synchronous standby under load',
    run: (log, postgres) => switchovers(log, postgres),
  },
  migration: { title: 'A migration behind a reader', run: (log) => migrationUnderReader(log) },
  rolling: { title: 'Rolling restarts under load', run: (log) => rollingRestarts(log) },
};

const main = async (): Promise<void> => {
  const names = namesOf(SCENARIOS);
  const log = progress();
  const aborted = interrupted();
  await ensureBuilt({ log });
  const results: ScenarioFigures[] = [];
  for (const [name, { title, run }] of Object.entries(SCENARIOS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const figures = await withPostgres((postgres) => Promise.race([run(log, postgres), aborted]));
    console.log(`\n${figureTable(title, figures)}\n\n${explainRows(figures)}`);
    results.push({ scenario: name, figures });
    if (figures.some(({ isMet }) => !isMet)) process.exitCode = 1;
  }
  console.log(`\n${verdictOf(results)}`);
};

runAndExit(main);
