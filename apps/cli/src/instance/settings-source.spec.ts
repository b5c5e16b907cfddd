import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findCheckout } from '@app/config';
import { startTimeOf } from './process-identity';
import { type InstanceEndpoints, instanceFileOf } from './running-instance';
import { readSettings } from './settings-source';

/** Larger than every pid of Linux. */
const UNUSED_PID = 2 ** 22 + 1;

let folder: string;

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'quickbite-instance-')));
});

afterEach(() => rm(folder, { recursive: true }));

/** A checkout without sources, in which this process is the running instance. */
const checkoutWith = async (
  name: string,
  metadata?: InstanceEndpoints,
  pid = process.pid,
): Promise<string> => {
  const checkout = join(folder, name);
  await mkdir(join(checkout, '.quickbite'), { recursive: true });
  await writeFile(join(checkout, 'nest-cli.json'), '{}');
  const holder = { pid, startTime: await startTimeOf(pid), command: 'npm start', metadata };
  await writeFile(instanceFileOf(checkout), JSON.stringify(holder));
  return checkout;
};

const ADDRESS = {
  names: ['ADDRESS', 'PORT'],
  fromInstance: ({ inventoryAddress }: InstanceEndpoints) =>
    inventoryAddress ? { ADDRESS: inventoryAddress } : undefined,
};

it('each of two checkouts has the instance that runs in it, in every folder below', async () => {
  const one = await checkoutWith('one', { inventoryAddress: '127.0.0.1:1001' });
  const two = await checkoutWith('two', { inventoryAddress: '127.0.0.1:2002' });
  await mkdir(join(two, 'docs/adr'), { recursive: true });
  expect(await readSettings(ADDRESS, one, {})).toEqual({
    values: { ADDRESS: '127.0.0.1:1001' },
    source: `npm start, pid ${process.pid}, in ${one}`,
  });
  expect(await readSettings(ADDRESS, join(two, 'docs/adr'), {})).toEqual({
    values: { ADDRESS: '127.0.0.1:2002' },
    source: `npm start, pid ${process.pid}, in ${two}`,
  });
});

it('a checkout inside another one does not use the outer instance', async () => {
  const outer = await checkoutWith('outer', { inventoryAddress: '127.0.0.1:1001' });
  const inner = await checkoutWith('outer/worktrees/inner', {}, UNUSED_PID);
  expect(findCheckout(join(outer, 'worktrees'))).toBe(outer);
  expect(await readSettings(ADDRESS, inner, {})).toEqual({ values: {}, source: 'the default' });
});

it('the environment precedes the instance, which precedes .env', async () => {
  const checkout = await checkoutWith('one', { inventoryAddress: '127.0.0.1:1001' });
  await writeFile(join(checkout, '.env'), 'ADDRESS=127.0.0.1:3003\nOTHER=x\n');
  expect((await readSettings(ADDRESS, checkout, {})).values).toEqual({ ADDRESS: '127.0.0.1:1001' });
  expect(await readSettings(ADDRESS, checkout, { PORT: '4004' })).toEqual({
    values: { ADDRESS: '127.0.0.1:3003', PORT: '4004' },
    source: 'PORT in the environment',
  });
  await rm(instanceFileOf(checkout));
  expect(await readSettings(ADDRESS, checkout, { PORT: '' })).toEqual({
    values: { ADDRESS: '127.0.0.1:3003' },
    source: join(checkout, '.env'),
  });
});

it('an instance that has ended, or that has no such endpoint, is not used', async () => {
  const ended = await checkoutWith('ended', { inventoryAddress: '127.0.0.1:1001' }, UNUSED_PID);
  const databasesOnly = await checkoutWith('db', { ORDERS_DATABASE_URL: 'postgres://h/orders' });
  for (const checkout of [ended, databasesOnly, folder]) {
    expect((await readSettings(ADDRESS, checkout, {})).source).toBe('the default');
  }
});

it('an instance that is still starting is an error, not the default', async () => {
  const checkout = await checkoutWith('one');
  await expect(readSettings(ADDRESS, checkout, {})).rejects.toThrow('is still starting');
});

describe('an instance with an external database, whose password it does not publish', () => {
  const DATABASE = {
    names: ['ORDERS_DATABASE_URL', 'ORDERS_OWNER_DATABASE_URL'],
    fromInstance: ({ ORDERS_DATABASE_URL, ORDERS_OWNER_DATABASE_URL }: InstanceEndpoints) => ({
      ORDERS_DATABASE_URL,
      ORDERS_OWNER_DATABASE_URL,
    }),
  };
  const published = {
    ORDERS_DATABASE_URL: 'postgres://me:***@db/orders',
    ORDERS_OWNER_DATABASE_URL: 'postgres://me:***@db/orders',
  };

  it('is used with the password in .env', async () => {
    const checkout = await checkoutWith('external', published);
    const url = 'postgres://me:secret@db/orders';
    await writeFile(join(checkout, '.env'), `ORDERS_DATABASE_URL=${url}\n`);
    expect(await readSettings(DATABASE, checkout, {})).toEqual({
      values: { ORDERS_DATABASE_URL: url, ORDERS_OWNER_DATABASE_URL: url },
      source: `npm start, pid ${process.pid}, in ${checkout}`,
    });
  });

  it.each(['', 'ORDERS_DATABASE_URL=postgres://me:secret@other/orders\n'])(
    'is not used, and nothing else is, with .env %p',
    async (dotEnv) => {
      const checkout = await checkoutWith('external', published);
      await writeFile(join(checkout, '.env'), dotEnv);
      await expect(readSettings(DATABASE, checkout, {})).rejects.toThrow(
        'Set ORDERS_DATABASE_URL in the environment.',
      );
    },
  );
});
