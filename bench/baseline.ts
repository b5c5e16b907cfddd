import { join } from 'node:path';
import { findFreePort } from '../tools/ports';
import { run } from '../tools/processes';
import { projectRoot, ToolError } from '../tools/tool';
import { emptyDatabase, type TestDatabase } from '../test/harness/databases';
import { ServiceProcess } from '../test/harness/service-process';
import { answersGrpc } from '../test/harness/services';
import type { Bench } from './bench';
import { KEEP } from './ours';

const MAIN = 'dist/bench/baselines/main.js';

/**
 * By the same webpack and TypeScript as the services, with a project file of their own: no developer
 * who builds the services has to wait for them.
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

/** A baseline as a process of its own, with an empty database of its own. */
export const startBaseline = async (
  bench: Bench,
  name: GrpcBaseline | HttpBaseline,
  inventoryAddress = '',
  options = KEEP,
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
  // A path that is not there is answered, too: with 404, once it listens.
  const isReady = (): Promise<boolean> =>
    isHttp ? answersAtAll(`http://${address}/`) : answersGrpc(address);
  const baseline = new ServiceProcess(name, env, isReady, { ...options, main: MAIN });
  bench.atEnd(() => baseline.stop());
  await baseline.start();
  return { address, database, process: baseline };
};

const answersAtAll = (url: string): Promise<boolean> =>
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
