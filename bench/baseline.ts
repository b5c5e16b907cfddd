import { join } from 'node:path';
import { findFreePort } from '../tools/ports';
import { run } from '../tools/processes';
import { projectRoot, ToolError } from '../tools/tool';
import { emptyDatabase, type TestDatabase } from '../test/harness/databases';
import { ServiceProcess } from '../test/harness/service-process';
import { answersGrpc } from '../test/harness/services';
import type { Bench } from './bench';
import { KEEP_LOGS } from './cluster';

const MAIN = 'dist/bench/baselines/main.js';

/**
 * Builds them with the webpack and TypeScript of the services, but with a project file of their own, so
 * that a build of the services does not include them.
 */
export const buildBaselines = async (): Promise<void> => {
  const nest = join(projectRoot, 'node_modules/@nestjs/cli/bin/nest.js');
  const args = [nest, 'build', '--config', 'bench/baselines/nest-cli.json'];
  const { code, output } = await run(process.execPath, args, { cwd: projectRoot });
  if (code !== 0) throw new ToolError(`The build of the baselines failed:\n${output}`);
};

export interface Baseline {
  /** host:port */
  readonly address: string;
  readonly database: TestDatabase;
  readonly process: ServiceProcess;
}

type GrpcBaseline = 'tutorial-inventory' | 'no-op';
type HttpBaseline = 'tutorial-orders' | 'insert-only' | 'answer-only';

/** Starts a baseline as a process with an empty database. It stops at the end of the scenario. */
export const startBaseline = async (
  bench: Bench,
  name: GrpcBaseline | HttpBaseline,
  inventoryAddress = '',
  options = KEEP_LOGS,
): Promise<Baseline> => {
  const database = await emptyDatabase();
  bench.atEnd(() => database.drop());
  const port = await findFreePort();
  const address = `127.0.0.1:${port}`;
  const env = {
    BENCH_BASELINE: name,
    BENCH_PORT: String(port),
    BENCH_DATABASE_URL: database.ownerUrl,
    BENCH_INVENTORY_ADDRESS: inventoryAddress,
  };
  const isHttp = !(name === 'tutorial-inventory' || name === 'no-op');
  // An unknown path is answered with 404 once the baseline listens.
  const isReady = (): Promise<boolean> =>
    isHttp ? answersHttp(`http://${address}/`) : answersGrpc(address);
  const baseline = new ServiceProcess(name, env, isReady, { ...options, main: MAIN });
  bench.atEnd(() => baseline.stop());
  await baseline.start();
  return { address, database, process: baseline };
};

const answersHttp = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

/** Fills the stock of a `tutorial-inventory`. */
export const stockBaseline = async (
  { database }: Baseline,
  skus: readonly string[],
  units: number,
): Promise<void> => {
  await database.query(
    `insert into stock (sku, available) select sku, $2 from unnest($1::text[]) as sku`,
    [skus, units],
  );
};

/** Returns the units of these SKUs that a `tutorial-inventory` can still reserve. */
export const baselineUnits = async (
  { database }: Baseline,
  skus: readonly string[],
): Promise<number> => {
  const [row] = await database.query<{ units: string }>(
    'select sum(available) as units from stock where sku = any($1)',
    [skus],
  );
  return Number(row?.units);
};
