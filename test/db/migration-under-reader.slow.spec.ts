import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { retryWhileBlocked, withMigrationSession } from '@app/postgres';
import { touchOrders, touchOrdersOptions } from '../harness/blocked-migration';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { silentLogger } from '../harness/silent-logger';
import { eventually } from '../harness/wait';

const MIGRATOR = join(__dirname, '../harness/touch-orders-process.ts');
const MAX_LATENCY_MS = 1_000;

let database: TestDatabase;
let reader: Client;

beforeAll(() => {
  Logger.overrideLogger(silentLogger);
});

beforeEach(async () => {
  database = await cloneDatabase('orders');
  reader = await database.connect();
  await reader.query(`set application_name = 'a long dump'`);
  await reader.query('begin');
  await reader.query('select from orders limit 1');
});

afterEach(() => database.drop());

/** Inserts orders one after another, as requests do, and returns how long each took. */
const insertUntil = async (stopped: AbortSignal): Promise<number[]> => {
  const client = await database.connect();
  const durationsMs: number[] = [];
  while (!stopped.aborted) {
    const startMs = performance.now();
    await client.query('begin');
    await client.query(
      `insert into orders (id, user_id, status, next_attempt_at, last_seq)
       values (gen_random_uuid(), 'u', 'PENDING', 'infinity', 1)`,
    );
    await client.query('rollback');
    durationsMs.push(performance.now() - startMs);
    await sleep(5);
  }
  return durationsMs;
};

const waitingSessions = () =>
  database.query(
    `select pid from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`,
  );

const migratorWaits = () =>
  eventually('the migrator waits for its lock', async () => {
    const rows = await database.query(
      `select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'
          and application_name = 'test migration'`,
    );
    return rows.length > 0;
  });

it('orders continue while a migration is blocked by a reader, and it succeeds afterwards', async () => {
  const stop = new AbortController();
  const inserting = insertUntil(stop.signal);
  const migrated = touchOrders(database.ownerUrl);
  expect(await Promise.race([migrated, sleep(4_000, 'blocked')])).toBe('blocked');
  await reader.query('commit');
  expect(await migrated).toEqual(['TouchOrders1999000000000']);
  stop.abort();
  const durationsMs = await inserting;
  expect(durationsMs.length).toBeGreaterThan(50);
  expect(Math.max(...durationsMs)).toBeLessThan(MAX_LATENCY_MS);
});

it('orders do not wait behind a migrator that was killed', async () => {
  const stop = new AbortController();
  const inserting = insertUntil(stop.signal);
  const migrator = spawn(process.execPath, ['--import', 'tsx', MIGRATOR, database.ownerUrl], {
    stdio: 'ignore',
  });
  const exited = once(migrator, 'exit');
  await migratorWaits();
  migrator.kill('SIGKILL');
  await exited;
  await sleep(MAX_LATENCY_MS);
  expect(await waitingSessions()).toEqual([]);
  stop.abort();
  expect(Math.max(...(await inserting))).toBeLessThan(MAX_LATENCY_MS);
});

it('a migration that is blocked for too long fails and names the session that blocks it', async () => {
  const error = await withMigrationSession(touchOrdersOptions(database.ownerUrl), (dataSource) =>
    retryWhileBlocked(dataSource, () => dataSource.runMigrations(), 1_500).catch(
      (thrown: unknown) => thrown,
    ),
  );
  expect(String(error)).toMatch(
    /blocked for \d s by pid \d+ of "a long dump" \(idle in transaction, for \d+ s\)/,
  );
  expect(await waitingSessions()).toEqual([]);
});

it('a migrating session has no timeouts of an administrator, and checks that its client lives', async () => {
  const { ownerUrl } = database;
  const { pathname } = new URL(ownerUrl);
  for (const setting of ["statement_timeout = '1s'", "idle_session_timeout = '1s'"]) {
    await database.query(`alter database ${pathname.slice(1)} set ${setting}`);
  }
  const settings = await withMigrationSession(
    touchOrdersOptions(ownerUrl),
    (dataSource: DataSource) =>
      dataSource.query<object[]>(
        `select current_setting('statement_timeout') as statement,
              current_setting('idle_session_timeout') as idle,
              current_setting('lock_timeout') as lock,
              current_setting('client_connection_check_interval') as check,
              current_setting('enable_seqscan') as seqscan`,
      ),
  );
  expect(settings).toEqual([
    { statement: '0', idle: '0', lock: '500ms', check: '1s', seqscan: 'on' },
  ]);
});
