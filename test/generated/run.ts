/**
 * `npm run test:generated -- [--inputs N] [--seed S]`: sends N requests and calls to Orders and Inventory,
 * generated from the OpenAPI document and the proto, valid and invalid ones, with and without credentials.
 * Compares each answer with the contract, and the state of both databases before and after requests that must
 * change nothing. Exit code 0: no violations. 1: violations. 2: it could not run.
 */
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../../tools/build';
import { ToolError } from '../../tools/tool';
import { CliProcess } from '../harness/cli-process';
import { progress, runAndExit } from '../harness/command';
import { figureTable, formatNumber, measured, zero } from '../harness/figures';
import { withPostgres } from '../harness/postgres';
import { GeneratedRun } from './generated-run';
import { SystemUnderTest } from './system';
import { Violations } from './violations';

const MAX_NUMBER = 10_000_000;
const GROUPS = ['wire', 'credential', 'operation', 'validity', 'answer'] as const;
const REJECTED_ALTHOUGH_VALID = 'valid by the contract, but rejected as invalid';

const numberOf = (name: string, text: string): number => {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= MAX_NUMBER) return number;
  throw new ToolError(`--${name} must be a whole number of at most ${MAX_NUMBER}.`);
};

const readArguments = () => {
  const options = {
    inputs: { type: 'string', default: '2000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  } as const;
  const { inputs, seed } = parseArgs({ options }).values;
  return { inputs: numberOf('inputs', inputs), seed: numberOf('seed', seed) };
};

/** Checks what must hold when all inputs have been sent. */
const checkEnd = async (
  system: SystemUnderTest,
  run: GeneratedRun,
  violations: Violations,
  processIds: readonly (number | undefined)[],
): Promise<void> => {
  const { cluster } = system;
  await run.quiescent();
  const ids = system.processIds();
  if (String(ids) !== String(processIds))
    violations.add('a process has ended', `${String(processIds)} became ${String(ids)}`);
  const ready = await cluster.client.get<{ inventory?: string }>('/health/ready');
  if (ready.status !== 200 || ready.body.inventory !== 'up')
    violations.add('a service is not healthy', JSON.stringify(ready.body));
  for (const line of system.errorLines()) violations.add('an error was logged', line);
  const untold = await cluster.ordersDatabase.query<{ id: string }>(
    'select id from orders where id <> all($1::uuid[])',
    [[...run.toldOrders, ...system.known.ids('order')]],
  );
  for (const { id } of untold) violations.add('an order that no client was told of', id);
  const env = {
    INVENTORY_DATABASE_URL: cluster.inventoryDatabase.ownerUrl,
    ORDERS_DATABASE_URL: cluster.ordersDatabase.ownerUrl,
  };
  const { code, stdout, stderr } = await new CliProcess(['verify'], { env }).ended();
  if (code !== 0) violations.add('verify finds differences', `${stdout}${stderr}`.slice(-3_000));
};

const report = (
  { tally }: GeneratedRun,
  violations: Violations,
  { seed, seconds }: { seed: number; seconds: number },
): void => {
  for (const group of GROUPS) console.log(`\n${figureTable(group, tally.figures(group))}`);
  const rejected = tally.figures(REJECTED_ALTHOUGH_VALID);
  if (rejected.length > 0) console.log(`\n${figureTable(REJECTED_ALTHOUGH_VALID, rejected)}`);
  const figures = [
    measured('seed', String(seed)),
    measured('inputs', formatNumber(tally.total)),
    measured('inputs that must change nothing', formatNumber(tally.compared)),
    measured('failed requests that were repeated', formatNumber(tally.repeated)),
    measured('of these, compared with the state', formatNumber(tally.comparedErrors)),
    measured('duration', `${formatNumber(seconds)} s`),
    measured('rate', `${formatNumber(tally.total / seconds)}/s`),
    zero('violations', violations.total),
  ];
  console.log(`\n${figureTable('Run', figures)}\n`);
  for (const line of violations.lines()) console.log(line);
};

runAndExit(async () => {
  const { inputs, seed } = readArguments();
  const log = progress();
  await ensureBuilt({ log: console.error });
  const violations = new Violations();
  await withPostgres(async () => {
    const system = await SystemUnderTest.start();
    const processIds = system.processIds();
    const run = await GeneratedRun.create(system, violations, { inputs, seed }, log);
    try {
      const startedMs = performance.now();
      await run.run();
      const seconds = (performance.now() - startedMs) / 1_000;
      await checkEnd(system, run, violations, processIds);
      report(run, violations, { seed, seconds });
    } finally {
      run.close();
      await system.stop();
    }
  });
  console.log(violations.total === 0 ? 'PASS' : `FAIL: seed ${seed}, violations above.`);
  process.exitCode = violations.total === 0 ? 0 : 1;
});
