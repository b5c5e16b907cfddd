import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../tools/processes';
import { projectRoot } from '../../tools/tool';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster();
  await givenStock(cluster.inventoryDatabase, 'typed', 100);
});

afterAll(() => cluster.stop());

const PROGRAM = `
import { isProblem, QuickBiteClient, type Order } from '@quickbite/client';

const client = new QuickBiteClient({ baseUrl: process.argv[2] ?? '' });
const order: Order = await client.placeOrder({ userId: 'u-package', sku: 'typed', quantity: 1 });
console.log(order.status);
try {
  await client.placeOrder({ userId: 'u-package', sku: 'typed', quantity: 1_000 });
} catch (error) {
  if (!isProblem(error, 'INSUFFICIENT_STOCK')) throw error;
  const requested: number[] = error.problem.shortages.map((shortage) => shortage.requested);
  console.log(requested.join());
}
// @ts-expect-error An order of one item has a quantity.
void (() => client.placeOrder({ userId: 'u-package', sku: 'typed' }));
`;

describe('the package', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quickbite-client-'));
  const installed = join(folder, 'node_modules/@quickbite/client');

  afterAll(() => rmSync(folder, { recursive: true }));

  const runIn = async (cwd: string, ...command: readonly string[]): Promise<string> => {
    const [file = '', ...args] = command;
    const { code, output } = await run(file, args, { cwd });
    if (code !== 0) throw new Error(`${command.join(' ')} failed:\n${output}`);
    return output;
  };

  it('as it is published works in a program of its own', async () => {
    const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
    const source = join(projectRoot, 'clients/typescript');
    mkdirSync(installed, { recursive: true });
    await runIn(
      source,
      process.execPath,
      tsc,
      '-p',
      'tsconfig.build.json',
      '--outDir',
      join(installed, 'dist'),
    );
    const { default: manifest } = (await import('../../clients/typescript/package.json')) as {
      default: object;
    };
    writeFileSync(join(installed, 'package.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }));
    writeFileSync(join(folder, 'program.ts'), PROGRAM);
    const options = ['--module', 'nodenext', '--target', 'es2022', '--strict', '--types', 'node'];
    const types = join(projectRoot, 'node_modules/@types');
    await runIn(folder, process.execPath, tsc, ...options, '--typeRoots', types, 'program.ts');
    const output = await runIn(folder, process.execPath, 'program.js', cluster.orders.url);
    expect(output.trim().split('\n')).toEqual(['CONFIRMED', '1000']);
  }, 120_000);
});
