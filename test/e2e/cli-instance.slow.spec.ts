import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTimeOf } from '../../apps/cli/src/instance/process-identity';
import {
  type InstanceEndpoints,
  instanceFileOf,
} from '../../apps/cli/src/instance/running-instance';
import { CliProcess } from '../harness/cli-process';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { newInventory } from '../harness/services';

type Inventory = Awaited<ReturnType<typeof newInventory>>;

/** A checkout without sources, in which this process is the running `npm start`. */
interface Checkout {
  readonly folder: string;
  readonly database: TestDatabase;
  readonly inventory: Inventory;
}

let folder: string;
let one: Checkout;
let two: Checkout;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'quickbite-checkouts-')));
  one = await startCheckout('one');
  two = await startCheckout('two');
});

afterAll(async () => {
  for (const { inventory, database } of [one, two]) {
    await inventory.stop();
    await database.drop();
  }
  await rm(folder, { recursive: true });
});

const startCheckout = async (name: string): Promise<Checkout> => {
  const database = await cloneDatabase('inventory');
  const inventory = await newInventory(database);
  await inventory.start();
  const checkout = join(folder, name);
  await mkdir(join(checkout, '.quickbite'), { recursive: true });
  await mkdir(join(checkout, 'docs'));
  await writeFile(join(checkout, 'nest-cli.json'), '{}');
  const metadata: InstanceEndpoints = {
    inventoryAddress: inventory.address,
    INVENTORY_DATABASE_URL: database.url,
    INVENTORY_OWNER_DATABASE_URL: database.ownerUrl,
  };
  const { pid } = process;
  const holder = { pid, startTime: await startTimeOf(pid), command: 'npm start', metadata };
  await writeFile(instanceFileOf(checkout), JSON.stringify(holder));
  return { folder: checkout, database, inventory };
};

const onHandOf = async ({ database }: Checkout, sku: string): Promise<number | undefined> => {
  const [row] = await database.query<{ on_hand: number }>(
    'select on_hand from stock_level where sku = $1',
    [sku],
  );
  return row?.on_hand;
};

const adjust = (cwd: string, sku: string, env: NodeJS.ProcessEnv = {}, ...options: string[]) => {
  const args = ['stock', 'adjust', sku, '5', '--reason', 'count', ...options];
  return new CliProcess(args, { cwd, env }).ended();
};

it('stock adjust changes the Inventory of the checkout that it runs in, and names it first', async () => {
  for (const [checkout, other] of [
    [one, two],
    [two, one],
  ] as const) {
    const sku = `only-${checkout.inventory.address.split(':')[1] ?? ''}`;
    const { code, stderr } = await adjust(join(checkout.folder, 'docs'), sku);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: `Inventory at ${checkout.inventory.address} (npm start, pid ${process.pid}, in ${checkout.folder})\n`,
    });
    expect(await onHandOf(checkout, sku)).toBe(5);
    expect(await onHandOf(other, sku)).toBeUndefined();
  }
});

it('an environment variable and --address precede the instance of the checkout', async () => {
  const env = { CLI_INVENTORY_ADDRESS: two.inventory.address };
  const byVariable = await adjust(one.folder, 'by-variable', env);
  expect(byVariable.stderr).toBe(
    `Inventory at ${two.inventory.address} (CLI_INVENTORY_ADDRESS in the environment)\n`,
  );
  const options = ['--address', one.inventory.address];
  const byOption = await adjust(two.folder, 'by-option', env, ...options);
  expect(byOption.stderr).toBe(`Inventory at ${one.inventory.address} (--address)\n`);
  expect(await onHandOf(two, 'by-variable')).toBe(5);
  expect(await onHandOf(one, 'by-option')).toBe(5);
});

it('db migrate and verify use the database of the checkout, without printing its password', async () => {
  const { host, pathname, password } = new URL(one.database.ownerUrl);
  const migrate = await new CliProcess(['db', 'migrate', 'inventory'], {
    cwd: one.folder,
  }).ended();
  expect(migrate).toMatchObject({ code: 0, stdout: 'up to date\n' });
  expect(migrate.stderr).toContain(`Inventory database ${host}${pathname} (npm start, pid`);
  const verify = await new CliProcess(['verify', '--inventory'], { cwd: one.folder }).ended();
  expect(verify).toMatchObject({ code: 0 });
  expect(verify.stdout).toContain(`Verifying Inventory database ${host}${pathname} (npm start`);
  expect(verify.stdout).toMatch(/\nPASS: no differences\.\n$/);
  for (const { stdout, stderr } of [migrate, verify]) {
    expect(stdout + stderr).not.toContain(`:${password}@`);
  }
});
