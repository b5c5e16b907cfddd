import { Logger } from '@nestjs/common';
import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { Database, PostgresModule, ReadLane } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { silentLogger } from '../harness/silent-logger';
import { eventually, times } from '../harness/wait';

const READ_POOL_SIZE = 2;

let database: TestDatabase;
let instance: TestingModule;

const start = (settings: { poolSize?: number; settingPrefix?: string } = {}) =>
  Test.createTestingModule({
    imports: [
      PostgresModule.forApp(
        {
          url: database.url,
          applicationName: 'lane',
          poolSize: 2,
          readPoolSize: READ_POOL_SIZE,
          timeoutMs: 5_000,
          migrateOnStart: false,
          ...settings,
        },
        ordersSchema,
      ),
    ],
  })
    .setLogger(silentLogger)
    .compile();

beforeAll(async () => {
  database = await cloneDatabase('orders');
  instance = await start();
});

afterAll(async () => {
  await instance.close();
  await database.drop();
});

const waitingReads = () =>
  eventually('all connections of the lane are in use', async () => {
    const rows = await database.query(
      `select from pg_stat_activity
        where datname = current_database() and application_name = 'lane' and query like '%pg_sleep%'
          and state = 'active'`,
    );
    return rows.length === READ_POOL_SIZE;
  });

it('ends a read after a second, and lets decisions and health checks through meanwhile', async () => {
  const lane = instance.get(ReadLane);
  const slow = times(4 * READ_POOL_SIZE, () =>
    lane.query('select pg_sleep(10)').catch((error: unknown) => error),
  );
  await waitingReads();
  const decisions = instance.get(Database);
  let ended = 0;
  const firstEnd = Promise.race(slow).then(() => (ended += 1));
  const isWaiting = (): boolean => ended === 0;
  let decided = 0;
  while (isWaiting()) {
    await decisions.transaction((tx) => tx.query('select from orders limit 1'));
    await decisions.check(1_000);
    if (isWaiting()) decided += 1;
  }
  await firstEnd;
  expect(decided).toBeGreaterThan(0);
  for (const error of await Promise.all(slow)) {
    expect(error).toMatchObject({ reason: 'OVERLOADED', retryAfterMs: 1_000 });
  }
  await expect(lane.query('select 1 as one')).resolves.toEqual([{ one: 1 }]);
});

it('reads with the settings of a session, with a shorter timeout', async () => {
  const [settings] = await instance.get(ReadLane).query(
    `select current_setting('statement_timeout') as timeout, current_setting('search_path') as path,
            current_setting('enable_seqscan') as seqscan`,
  );
  expect(settings).toEqual({ timeout: '1s', path: '"public", pg_temp', seqscan: 'off' });
});

it('reports an unavailable database as such', async () => {
  const own = await cloneDatabase('orders');
  const reads = await Test.createTestingModule({
    imports: [
      PostgresModule.forApp(
        {
          url: own.url,
          applicationName: 'lane',
          poolSize: 2,
          timeoutMs: 5_000,
          migrateOnStart: false,
        },
        ordersSchema,
      ),
    ],
  })
    .setLogger(silentLogger)
    .compile();
  await own.allowConnections(false);
  await expect(reads.get(ReadLane).query('select 1')).rejects.toMatchObject({
    reason: 'DATABASE_UNAVAILABLE',
  });
  await own.allowConnections(true);
  await reads.close();
  await own.drop();
});

describe('at start', () => {
  let warnings: string[];

  beforeEach(() => {
    warnings = [];
    jest.spyOn(Logger.prototype, 'warn').mockImplementation((text: string) => warnings.push(text));
  });

  afterEach(() => jest.restoreAllMocks());

  it('warns if the pools of one instance exceed the connections of the server', async () => {
    const large = await start({ poolSize: 1_000, settingPrefix: 'ORDERS' });
    await large.close();
    expect(warnings).toEqual([
      expect.stringMatching(
        /may open 1003 connections .*ORDERS_DATABASE_POOL_SIZE 1000, ORDERS_DATABASE_READ_POOL_SIZE 2,.*the server accepts \d+ of all instances.*max_connections/,
      ),
    ]);
  });

  it('warns if they exceed the limit of the database', async () => {
    const limit = (count: number) =>
      database.query(
        `do $$ begin execute format('alter database %I connection limit ${count}', current_database()); end $$`,
      );
    await limit(4);
    const large = await start({ settingPrefix: 'ORDERS' });
    await large.close();
    await limit(-1);
    expect(warnings).toEqual([expect.stringMatching(/the database accepts 4 .*connection limit/)]);
  });

  it('says nothing if they fit', async () => {
    const small = await start({ settingPrefix: 'ORDERS' });
    await small.close();
    expect(warnings).toEqual([]);
  });
});
