import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from './tool';

const DEPCRUISE = join(projectRoot, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const CONFIG = join(projectRoot, '.dependency-cruiser.js');
const RULE = 'cli-imports-schemas-and-settings-only';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'quickbite-imports-'));
  await write('tsconfig.json', '{}');
  for (const file of [
    'orders/src/database/orders.schema.ts',
    'orders/src/orders.config.ts',
    'orders/src/order/order.service.ts',
    'inventory/src/stock/stock.entity.ts',
  ]) {
    await write(`apps/${file}`, 'export const imported = 1;\n');
  }
});

afterAll(() => rm(folder, { recursive: true }));

const write = async (path: string, content: string): Promise<void> => {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
};

/** The rules that a file of the cli violates by this import. */
const violationsOf = async (imported: string): Promise<string[]> => {
  await write('apps/cli/src/main.ts', `export * from '../../${imported}';\n`);
  const args = [DEPCRUISE, '--config', CONFIG, '--output-type', 'json', 'apps/cli'];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: folder }, (_error, stdout) => resolve(stdout));
  });
  const { summary } = JSON.parse(output) as {
    summary: { violations: { rule: { name: string } }[] };
  };
  return summary.violations.map(({ rule }) => rule.name);
};

it.each(['orders/src/database/orders.schema', 'orders/src/orders.config'])(
  'the cli may import apps/%s',
  async (imported) => {
    expect(await violationsOf(imported)).toEqual([]);
  },
);

it.each(['orders/src/order/order.service', 'inventory/src/stock/stock.entity'])(
  'the cli may not import apps/%s',
  async (imported) => {
    expect(await violationsOf(imported)).toEqual([RULE]);
  },
);
