import { execFileSync, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { dataSourceOptions, migrate } from '@app/postgres';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { type EmbeddedPostgres, startPostgres } from '../../tools/embedded-postgres';
import { removeHome } from '../../tools/postgres-home';
import { findFreePort } from '../../tools/ports';
import { migrateDatabases } from '../../tools/prepare-databases';
import { openServiceDatabase } from '../../tools/service-databases';
import { type Reaper, startReaper } from '../harness/postgres-reaper';
import { DENIED, MOVEMENT, queryAs } from './roles';

jest.setTimeout(120_000);

const WRONG_PASSWORD = { code: '28P01' };
/** The roles of earlier versions and what is guessed first. */
const WELL_KNOWN = ['quickbite:quickbite', 'inventory_app:inventory_app', 'postgres:postgres'];

let directory: string;
let reaper: Reaper;
let postgres: EmbeddedPostgres;

const start = async (): Promise<void> => {
  postgres = await startPostgres({ directory, port: await findFreePort() });
};

beforeEach(async () => {
  directory = join(tmpdir(), `quickbite-test-${randomUUID()}`);
  reaper = startReaper(directory);
  await start();
});

afterEach(async () => {
  await postgres.stop();
  await removeHome(directory);
  await reaper.release();
});

const passwordFile = (): string => `${directory}.password`;
const modeOf = async (path: string): Promise<string> =>
  ((await stat(path)).mode & 0o777).toString(8);

const connectAs = (login: string, database = 'postgres') =>
  queryAs(`postgres://${login}@127.0.0.1:${postgres.port}/${database}`, 'select 1');

const expectWellKnownRefused = async (): Promise<void> => {
  for (const login of WELL_KNOWN)
    await expect(connectAs(login)).rejects.toMatchObject(WRONG_PASSWORD);
};

it('needs a random password on every way in, and keeps it from other users', async () => {
  await expectWellKnownRefused();
  await expect(connectAs('quickbite:')).rejects.toThrow('password');
  const methods = await queryAs<{ method: string; count: string }>(
    postgres.url('postgres'),
    'select auth_method as method, count(*) from pg_hba_file_rules group by 1',
  );
  expect(methods).toEqual([{ method: 'scram-sha-256', count: '2' }]);
  expect(await modeOf(passwordFile())).toBe('600');
  expect(await modeOf(postgres.data)).toBe('700');
  expect(await readFile(passwordFile(), 'utf8')).toMatch(/^[0-9a-f]{48}\n$/);
});

it('another user of this machine can read neither the password nor the data', async () => {
  const idOf = (flag: '-u' | '-g') => Number(execFileSync('id', [flag, 'nobody']));
  const [uid, gid] = [idOf('-u'), idOf('-g')];
  const canRead = (path: string, as: object = {}): boolean =>
    spawnSync('/bin/cat', [path], as).status === 0;
  for (const path of [passwordFile(), join(postgres.data, 'PG_VERSION')]) {
    expect(canRead(path)).toBe(true);
    // Only root can become another user. Without an account `postgres`, the server runs as `nobody`.
    const isServers = (await stat(path)).uid === uid;
    if (process.getuid?.() === 0 && !isServers) expect(canRead(path, { uid, gid })).toBe(false);
  }
});

it('keeps its password over a restart', async () => {
  const before = new URL(postgres.url('postgres')).password;
  await postgres.stop();
  await start();
  expect(new URL(postgres.url('postgres')).password).toBe(before);
});

/** Makes the data that of an earlier version: well-known passwords, and everything is the superuser's. */
const makeOld = async (): Promise<void> => {
  await postgres.createDatabase('inventory');
  const url = postgres.url('inventory');
  const settings = { url, applicationName: 'test', poolSize: 2, timeoutMs: 10_000 };
  const app = Object.assign(new URL(url), { username: 'inventory_app', password: 'inventory_app' });
  const options = dataSourceOptions(settings, inventorySchema, () => undefined);
  await migrate(options, { url: app.href, privileges: inventorySchema.privileges });
  await queryAs(app.href, MOVEMENT);
  await queryAs(url, `alter role quickbite password 'quickbite'`);
  expect(await connectAs('quickbite:quickbite')).toHaveLength(1);
  expect(await connectAs('inventory_app:inventory_app')).toHaveLength(1);
  await postgres.stop();
  await rm(passwordFile());
};

it('data of an earlier version gets random passwords and an owner that is no superuser', async () => {
  await makeOld();
  await start();
  await expectWellKnownRefused();
  const inventory = await openServiceDatabase(postgres, 'inventory');
  const orders = await openServiceDatabase(postgres, 'orders');
  await migrateDatabases({ inventory, orders });
  await expectWellKnownRefused();

  expect(await queryAs(inventory.url, 'select sku from stock_movement')).toEqual([{ sku: 'new' }]);
  const owners = `select distinct pg_get_userbyid(relowner)::text as name from pg_class
    where relnamespace = 'public'::regnamespace
    union select pg_get_userbyid(proowner)::text from pg_proc
     where pronamespace = 'public'::regnamespace`;
  expect(await queryAs(inventory.ownerUrl, owners)).toEqual([{ name: 'inventory_owner' }]);
  const privileged = `select rolname::text as name from pg_roles
    where rolcanlogin and (rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls)`;
  expect(await queryAs(inventory.ownerUrl, privileged)).toEqual([{ name: 'quickbite' }]);
});

it.each([
  ['before the password is stored', () => rm(passwordFile())],
  [
    'after another password was stored',
    () => queryAs(postgres.url('postgres'), `alter role quickbite password 'quickbite'`),
  ],
])(
  'a rotation that was interrupted %s is finished by the next start',
  async (_moment, interrupt) => {
    await interrupt();
    await postgres.stop();
    await start();
    await expectWellKnownRefused();
    expect(await queryAs(postgres.url('postgres'), 'select 1')).toHaveLength(1);
    expect(`${new URL(postgres.url('postgres')).password}\n`).toBe(
      await readFile(passwordFile(), 'utf8'),
    );
  },
);

describe('the roles of the services', () => {
  it('run no programs, read no files, and do not enter the database of the other service', async () => {
    const inventory = await openServiceDatabase(postgres, 'inventory');
    const orders = await openServiceDatabase(postgres, 'orders');
    await migrateDatabases({ inventory, orders });
    for (const url of [inventory.url, inventory.ownerUrl, orders.url, orders.ownerUrl]) {
      await expect(queryAs(url, `copy (select 1) to program 'true'`)).rejects.toMatchObject(DENIED);
      await expect(queryAs(url, `select pg_read_file('PG_VERSION')`)).rejects.toMatchObject(DENIED);
      await expect(queryAs(url, 'create role mine')).rejects.toMatchObject(DENIED);
      const other = Object.assign(new URL(url), {
        pathname: new URL(url).pathname === '/orders' ? '/inventory' : '/orders',
      });
      await expect(queryAs(other.href, 'select 1')).rejects.toMatchObject(DENIED);
    }
  });

  it('leave no password in the log of Postgres', async () => {
    const { url, ownerUrl } = await openServiceDatabase(postgres, 'inventory');
    const client = new Client(postgres.url('postgres'));
    await client.connect();
    const { rows } = await client.query<{ log: string }>(
      `select pg_read_file('server.log') as log`,
    );
    await client.end();
    for (const each of [url, ownerUrl, postgres.url('postgres')]) {
      expect(rows[0]?.log).not.toContain(new URL(each).password);
    }
  });
});
