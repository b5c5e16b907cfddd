import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { asRole, INVENTORY_ROLE } from '../../tools/launch-settings';
import type { CheckSet } from '../../tools/verify/check';
import { inventoryChecks } from '../../tools/verify/inventory-checks';
import { ordersChecks } from '../../tools/verify/orders-checks';
import { firstDifferences, withSnapshot } from '../../tools/verify/snapshot';

/** Enough to see what went wrong. */
const MAX_DIFFERENCES = 100;

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
  /** A copy of it as it is, while nobody is connected to it. */
  clone(): Promise<TestDatabase>;
  /** What does not hold in it, of all that `npm run verify` checks; the first 100 lines of it. */
  differences(): Promise<string[]>;
  /**
   * Deletes it, and fails if it has differences: whatever a test did, it must not have brought that
   * about. A test that breaks it on purpose says so.
   */
  drop(as?: 'broken'): Promise<void>;
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

/** Whom the app works as in its database, and what must be true there. Orders owns its tables. */
interface Kind {
  readonly name: string;
  readonly role?: string;
  readonly checks?: CheckSet;
}

const KINDS = {
  inventory: { name: 'inventory', role: INVENTORY_ROLE, checks: inventoryChecks },
  orders: { name: 'orders', checks: ordersChecks },
  empty: { name: 'empty' },
} as const satisfies Record<string, Kind>;

/** A database of its own for a test file, with the app's tables. */
export const cloneDatabase = (app: 'inventory' | 'orders'): Promise<TestDatabase> =>
  createDatabase(KINDS[app], `template ${app}_template`);

/** A database without tables. */
export const emptyDatabase = (): Promise<TestDatabase> => createDatabase(KINDS.empty, '');

const createDatabase = async (kind: Kind, how: string): Promise<TestDatabase> => {
  const { role, checks } = kind;
  const name = `${kind.name}_${randomUUID().replaceAll('-', '')}`;
  await withClient(adminUrl(), (admin) => admin.query(`create database ${name} ${how}`));
  const ownerUrl = Object.assign(new URL(adminUrl()), { pathname: `/${name}` }).href;
  const clients: Client[] = [];
  const differences = async () =>
    checks
      ? withSnapshot(ownerUrl, (client) => firstDifferences(client, checks, MAX_DIFFERENCES))
      : [];
  return {
    url: role ? asRole(ownerUrl, role) : ownerUrl,
    ownerUrl,
    differences,
    query: <Row extends object>(sql: string, parameters: unknown[] = []) =>
      withClient(ownerUrl, async (client) => (await client.query<Row>(sql, parameters)).rows),
    connect: async () => {
      const client = new Client(ownerUrl);
      client.on('error', () => undefined);
      await client.connect();
      clients.push(client);
      return client;
    },
    allowConnections: (allowed) =>
      withClient(adminUrl(), async (admin) => {
        await admin.query(`alter database ${name} allow_connections ${allowed}`);
        const others = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1';
        // A session that was just being let in shows itself only afterwards.
        while (!allowed && (await admin.query(others, [name])).rowCount) await sleep(20);
      }),
    clone: () => createDatabase(kind, `template ${name}`),
    drop: async (as) => {
      await Promise.all(clients.map((client) => client.end().catch(() => undefined)));
      try {
        const found = as === 'broken' ? [] : await differences();
        if (found.length > 0) throw new Error(`The database has differences:\n${found.join('\n')}`);
      } finally {
        await withClient(adminUrl(), (admin) => admin.query(`drop database ${name} with (force)`));
      }
    },
  };
};
