import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { asRole, INVENTORY_ROLE, ORDERS_ROLE } from '../../tools/launch-settings';
import type { CheckSet } from '../../apps/cli/src/verify/check';
import { inventoryChecks } from '../../apps/cli/src/verify/inventory-checks';
import { ordersChecks } from '../../apps/cli/src/verify/orders-checks';
import { firstDifferences, withSnapshot } from '../../apps/cli/src/verify/snapshot';
import { eventually } from './wait';
import { withClient } from './with-client';

/** The first differences show what is wrong. */
const MAX_DIFFERENCES = 100;

export interface TestDatabase {
  /** Connects as the role of the app. */
  readonly url: string;
  /** Connects as the owner of the tables and administrator of the server. */
  readonly ownerUrl: string;
  /** Runs one statement as the owner on a new connection. */
  query<Row extends object>(sql: string, parameters?: unknown[]): Promise<Row[]>;
  /** Opens a connection as the owner, for example to hold locks. It closes with the database. */
  connect(): Promise<Client>;
  /** False makes it unavailable: ends all sessions and refuses new ones. */
  allowConnections(allowed: boolean): Promise<void>;
  /** Returns a copy. No session may be connected to the original. */
  clone(): Promise<TestDatabase>;
  /** Returns the first 100 differences that `npm run verify` finds. */
  differences(): Promise<string[]>;
  /** Deletes the database. Fails if it has differences, unless the test broke it on purpose. */
  drop(as?: 'broken'): Promise<void>;
}

const adminUrl = (): string => {
  const url = process.env.TEST_POSTGRES_URL;
  if (!url) throw new Error('TEST_POSTGRES_URL is not set: run this through `npm test`');
  return url;
};

/** The role of the app and the checks of its database. */
interface Kind {
  readonly name: string;
  readonly role?: string;
  readonly checks?: CheckSet;
}

const KINDS = {
  inventory: { name: 'inventory', role: INVENTORY_ROLE, checks: inventoryChecks },
  orders: { name: 'orders', role: ORDERS_ROLE, checks: ordersChecks },
  empty: { name: 'empty' },
} as const satisfies Record<string, Kind>;

/** Returns a new database with the tables of the app. */
export const cloneDatabase = (app: 'inventory' | 'orders'): Promise<TestDatabase> =>
  createDatabase(KINDS[app], `template ${app}_template`);

/** Returns a new database without tables. */
export const emptyDatabase = (): Promise<TestDatabase> => createDatabase(KINDS.empty, '');

const createDatabase = async (kind: Kind, how: string): Promise<TestDatabase> => {
  const { role, checks } = kind;
  const name = `${kind.name}_${randomUUID().replaceAll('-', '')}`;
  await withClient(adminUrl(), (admin) => admin.query(`create database ${name} ${how}`));
  // Read each time, since a test may switch to another server.
  const ownerUrl = () => Object.assign(new URL(adminUrl()), { pathname: `/${name}` }).href;
  const clients: Client[] = [];
  const differences = async () =>
    checks
      ? withSnapshot({ url: ownerUrl() }, (client) =>
          firstDifferences(client, checks, MAX_DIFFERENCES),
        )
      : [];
  return {
    get url() {
      return role ? asRole(ownerUrl(), role) : ownerUrl();
    },
    get ownerUrl() {
      return ownerUrl();
    },
    differences,
    query: <Row extends object>(sql: string, parameters: unknown[] = []) =>
      withClient(ownerUrl(), async (client) => (await client.query<Row>(sql, parameters)).rows),
    connect: async () => {
      const client = new Client(ownerUrl());
      client.on('error', () => undefined);
      await client.connect();
      clients.push(client);
      return client;
    },
    allowConnections: (allowed) =>
      withClient(adminUrl(), async (admin) => {
        await admin.query(`alter database ${name} allow_connections ${allowed}`);
        const others = 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1';
        if (allowed) return;
        // A session that was just connecting becomes visible only later.
        await eventually(
          'all sessions are terminated',
          async () => (await admin.query(others, [name])).rowCount === 0,
        );
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
