/**
 * `npm run test:resilience [-- NAME…]`: measures how both services fare while something fails, and prints
 * each figure beside its goal. Exit code 1 where one is missed, or where the databases do not agree;
 * 2 where it could not run.
 */
import { ensureBuilt } from '../../tools/build';
import type { Log } from '../../tools/tool';
import { interrupted, namesOf, progress, runAndExit } from '../harness/command';
import { type Figure, figureTable } from '../harness/figures';
import { drain, overload } from './loads';
import { frozen, outage, refused } from './outages';
import { postgresRestarts, rollingRestarts } from './restarts';
import { type RestartablePostgres, withPostgres } from './site';

type Scenario = (say: Log, postgres: RestartablePostgres) => Promise<Figure[]>;

const SCENARIOS: Readonly<Record<string, { readonly title: string; readonly run: Scenario }>> = {
  frozen: { title: 'Inventory frozen (SIGSTOP)', run: frozen },
  refused: { title: 'Inventory gone: connections refused', run: refused },
  outage: { title: 'Inventory gone for 10 s', run: outage },
  drain: { title: 'A backlog after an outage', run: drain },
  overload: { title: 'Ten times the load', run: overload },
  postgres: {
    title: 'Immediate restarts of Postgres under load',
    run: (say, postgres) => postgresRestarts(say, postgres),
  },
  rolling: { title: 'Rolling restarts under load', run: (say) => rollingRestarts(say) },
};

const main = async (): Promise<void> => {
  const names = namesOf(SCENARIOS);
  const say = progress();
  const ended = interrupted();
  await ensureBuilt({ log: say });
  for (const [name, { title, run }] of Object.entries(SCENARIOS)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const figures = await withPostgres((postgres) => Promise.race([run(say, postgres), ended]));
    console.log(`\n${figureTable(title, figures)}`);
    if (figures.some(({ isMet }) => !isMet)) process.exitCode = 1;
  }
};

runAndExit(main);
