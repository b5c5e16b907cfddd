import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { Database, dataSourceOptions, migrate, openDataSource, poolOf } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { emptyDatabase, type TestDatabase } from '../harness/databases';

let server: TestDatabase;
let opened: DataSource[] = [];

const ignore = (): void => undefined;

beforeEach(async () => {
  server = await emptyDatabase();
});

afterEach(async () => {
  await Promise.all(opened.map((source) => source.destroy()));
  opened = [];
  await server.drop();
});

const open = async (change: { url?: string; schema?: string; knownTable?: string } = {}) => {
  const { url = server.url, schema, knownTable } = change;
  const settings = { url, schema, applicationName: 'test', poolSize: 2, timeoutMs: 3_000 };
  const options = dataSourceOptions(
    settings,
    { entities: [], migrations: [], knownTable },
    () => undefined,
  );
  const source = await openDataSource(options);
  opened.push(source);
  return new Database(poolOf(source));
};

const alter = (change: string) => {
  const name = new URL(server.ownerUrl).pathname.slice(1);
  return server.query(`alter database ${name} ${change}`);
};

const settingOf = async (database: Database, name: string): Promise<unknown> => {
  const [row] = await database.query<{ value: string }>('select current_setting($1) as value', [
    name,
  ]);
  return row?.value;
};

it.each([
  ['off', 'local'],
  ['local', 'local'],
  ['remote_write', 'remote_write'],
  ['on', 'on'],
  ['remote_apply', 'remote_apply'],
])('commits with synchronous_commit = %s as %s', async (found, used) => {
  await alter(`set synchronous_commit = ${found}`);
  expect(await settingOf(await open(), 'synchronous_commit')).toBe(used);
});

it.each(['error', 'debug5'])(
  'receives warnings with client_min_messages = %s, and nothing below',
  async (level) => {
    await alter(`set client_min_messages = ${level}`);
    expect(await settingOf(await open(), 'client_min_messages')).toBe('warning');
  },
);

it('bounds every statement, whatever the default of the database is', async () => {
  await alter(`set statement_timeout = 0`);
  expect(await settingOf(await open(), 'statement_timeout')).toBe('3s');
});

describe('a database with which no promise could be kept', () => {
  it.each([
    ['session_replication_role', 'replica', /session_replication_role is replica/],
    ['session_replication_role', 'local', /session_replication_role is local/],
  ])('refuses %s = %s', async (name, value, message) => {
    await alter(`set ${name} = ${value}`);
    await expect(open()).rejects.toThrow(message);
  });

  it('refuses another encoding than UTF-8', async () => {
    const name = `${new URL(server.ownerUrl).pathname.slice(1)}_latin`;
    const [{ provider } = { provider: '' }] = await server.query<{ provider: string }>(
      `select case when current_setting('server_version_num')::int >= 150000
                   then 'locale_provider libc' else '' end as provider`,
    );
    await server.query(
      `create database ${name} encoding 'LATIN1' ${provider} locale 'C' template template0`,
    );
    const url = Object.assign(new URL(server.ownerUrl), { pathname: `/${name}` }).href;
    try {
      await expect(open({ url })).rejects.toThrow(/encoding LATIN1/);
    } finally {
      await server.query(`drop database ${name} with (force)`);
    }
  });
});

describe('the schema of the tables', () => {
  beforeEach(() => server.query('create schema "Shop"; create table "Shop".thing (name text)'));

  const insert = (database: Database) => database.write(`insert into thing values ('a')`);
  const things = () => server.query('select name from "Shop".thing');

  it('is the one that has them, if the default of the role is another', async () => {
    await insert(await open({ knownTable: 'thing' }));
    expect(await things()).toEqual([{ name: 'a' }]);
  });

  it('is the one that the settings name', async () => {
    await insert(await open({ schema: 'Shop' }));
    expect(await things()).toEqual([{ name: 'a' }]);
  });

  it('is the default of the role if no schema has them yet', async () => {
    await alter('set search_path = "Shop"');
    expect(await settingOf(await open({ knownTable: 'other' }), 'search_path')).toBe(
      '"Shop", pg_temp',
    );
  });

  it('gets the tables of a service and the grants on them', async () => {
    await alter('set search_path = "Shop"');
    const role = `role_${randomUUID().replaceAll('-', '')}`;
    const url = Object.assign(new URL(server.url), { username: role, password: role }).href;
    const settings = { applicationName: 'test', poolSize: 2, timeoutMs: 3_000 };
    try {
      const owner = dataSourceOptions({ ...settings, url: server.ownerUrl }, ordersSchema, ignore);
      await migrate(owner, { url, privileges: ordersSchema.privileges });
      await alter('reset search_path');
      const app = dataSourceOptions({ ...settings, url }, ordersSchema, ignore);
      const source = await openDataSource(app);
      opened.push(source);
      const database = new Database(poolOf(source));
      expect(await database.query('select from orders')).toEqual([]);
      await expect(database.write('delete from order_event')).rejects.toMatchObject({
        reason: 'INTERNAL',
      });
      const tables = await server.query(
        `select relname from pg_class where relnamespace = '"Shop"'::regnamespace
            and relname in ('orders', 'order_event', 'migration') order by 1`,
      );
      expect(tables).toHaveLength(3);
    } finally {
      await Promise.all(opened.map((source) => source.destroy()));
      opened = [];
      await server.query(`drop owned by ${role}; drop role ${role}`);
    }
  });

  it('must be named if several schemas have them', async () => {
    await server.query('create schema b; create table b.thing (name text)');
    await expect(open({ knownTable: 'thing' })).rejects.toThrow(/Several schemas .* Shop, b/);
  });
});

describe('a database URL', () => {
  const with_ = (change: (url: URL) => void) => {
    const url = new URL(server.url);
    change(url);
    return url.href;
  };

  it('may name several servers, of which the first is down', async () => {
    const { host } = new URL(server.url);
    const url = server.url.replace(host, `127.0.0.1:1,${host}`);
    expect(await (await open({ url })).query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('may prefer TLS to a server that has none', async () => {
    const url = with_(({ searchParams }) => searchParams.set('sslmode', 'prefer'));
    expect(await (await open({ url })).query('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('may require TLS, and then does not connect without', async () => {
    const url = with_(({ searchParams }) => searchParams.set('sslmode', 'require'));
    await expect(open({ url })).rejects.toThrow(/SSL/);
  });

  it('may set options of the session', async () => {
    const url = with_(({ searchParams }) => searchParams.set('options', '-c work_mem=7MB'));
    expect(await settingOf(await open({ url }), 'work_mem')).toBe('7MB');
  });
});
