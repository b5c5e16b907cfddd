import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { asRole, INVENTORY_ROLE } from '../../tools/launch-settings';

export interface TestDatabase {
  /** As the role that the app works as. */
  readonly url: string;
  /** As the owner of the tables, who is the server's administrator as well. */
  readonly ownerUrl: string;
  /** Runs one statement as the owner, on a connection of its own. */
  query<Row extends object>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  /** A connection of the owner's, to hold locks with. Ended with the database. */
  connect(): Promise<Client>;
  /** False makes it as good as gone: it ends all sessions and lets nobody in. */
  allowConnections(allowed: boolean): Promise<void>;
  drop(): Promise<void>;
}

const adminUrl = (): string => {
  const url = process.env.TEST_POSTGRES_URL;
  if (!url) throw new Error('TEST_POSTGRES_URL is not set: run this through `npm test`');
  return url;
};

const withClient = async <Result>(url: string, work: (client: Client) => Promise<Result>) => {
  const client = new Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
};

/** A database of its own for a test file, with the app's tables. Orders owns its tables. */
export const cloneDatabase = async (app: 'inventory' | 'orders'): Promise<TestDatabase> => {
  const database = await createDatabase(app, `template ${app}_template`);
  if (app === 'orders') return database;
  return { ...database, url: asRole(database.ownerUrl, INVENTORY_ROLE) };
};

/** A database without tables. */
export const emptyDatabase = (): Promise<TestDatabase> => createDatabase('empty', '');

const createDatabase = async (prefix: string, how: string): Promise<TestDatabase> => {
  const name = `${prefix}_${randomUUID().replaceAll('-', '')}`;
  await withClient(adminUrl(), (admin) => admin.query(`create database ${name} ${how}`));
  const url = Object.assign(new URL(adminUrl()), { pathname: `/${name}` }).href;
  const clients: Client[] = [];
  return {
    url,
    ownerUrl: url,
    query: <Row extends object>(sql: string, parameters: unknown[] = []) =>
      withClient(url, async (client) => (await client.query<Row>(sql, parameters)).rows),
    connect: async () => {
      const client = new Client(url);
      client.on('error', () => undefined);
      await client.connect();
      clients.push(client);
      return client;
    },
    allowConnections: (allowed) =>
      withClient(adminUrl(), async (admin) => {
        await admin.query(`alter database ${name} allow_connections ${allowed}`);
        const others = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1';
        if (!allowed) await admin.query(others, [name]);
      }),
    drop: async () => {
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
      await withClient(adminUrl(), (admin) => admin.query(`drop database ${name} with (force)`));
    },
  };
};
