import { setTimeout as sleep } from 'node:timers/promises';
import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import type { QueryRunner } from 'typeorm';
import { PostgresModule, withMigrationLock, withMigrationSession } from '@app/postgres';
import { TextCollation1764400000000 } from '../../apps/orders/src/database/migrations/1764400000000-text-collation';
import { newOrder, type NewOrder } from '../../apps/orders/src/order/order';
import { OrderReadRepository } from '../../apps/orders/src/order/order-read.repository';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { emptyDatabase, type TestDatabase } from '../harness/databases';
import { silentLogger } from '../harness/silent-logger';
import { times } from '../harness/wait';
import { HELD, transitionOf } from './order-repository-fixture';
import { addLaterColumns, migrateTo, ownerOptions, schemasAround } from './upgrade';

const ORDERS = 300;
const { previous: PREVIOUS, upgraded: UPGRADED } = schemasAround(TextCollation1764400000000);

let database: TestDatabase;

const upgrade = (): Promise<string[]> => migrateTo(database, UPGRADED);

beforeEach(async () => {
  database = await emptyDatabase();
  await migrateTo(database, PREVIOUS);
  await database.query(
    `insert into orders (id, user_id, idempotency_key, status, next_attempt_at, last_seq)
     select format('01930000-0000-7000-8000-%s', lpad(nth::text, 12, '0'))::uuid, 'u' || nth % 7,
            'key-' || nth, 'PENDING', now(), 1
       from generate_series(1, $1) nth`,
    [ORDERS],
  );
  await database.query(
    `insert into order_event (order_id, seq, event, status, actor)
     select id, 1, 'PLACED', 'PENDING', 'CUSTOMER' from orders`,
  );
});

afterEach(() => database.drop());

/** The definitions of indexes and CHECKs, and whether each is valid. */
const definitions = async (): Promise<string[]> => {
  const rows = await database.query<{ line: string }>(
    `select pg_get_indexdef(indexrelid) || ' valid: ' || indisvalid as line from pg_index
      where indrelid in ('orders'::regclass, 'order_event'::regclass)
     union all
     select conname || ' ' || pg_get_constraintdef(oid) || ' valid: ' || convalidated
       from pg_constraint where contype = 'c' order by 1`,
  );
  return rows.map(({ line }) => line);
};

describe('the migration', () => {
  it('keeps all indexes and CHECKs, validates them, and can be repeated from any step', async () => {
    const before = await definitions();
    await upgrade();
    expect(await definitions()).toEqual(before);
    expect(before.filter((line) => line.endsWith('false'))).toEqual([]);
    await database.query(`delete from migration where name like 'TextCollation%'`);
    await upgrade();
    expect(await definitions()).toEqual(before);
  });

  it('replaces the incomplete index of an interrupted run', async () => {
    await database.query('create index orders_by_user_c on orders (user_id collate "C", id)');
    await database.query(
      `update pg_index set indisvalid = false where indexrelid = 'orders_by_user_c'::regclass`,
    );
    const before = (await definitions()).filter((line) => !line.includes('orders_by_user_c'));
    await upgrade();
    expect(await definitions()).toEqual(before);
  });

  it('rewrites neither a table nor an index while it holds an exclusive lock', async () => {
    const rewritten: string[] = [];
    let transactions = 0;
    await withMigrationSession(ownerOptions(database, UPGRADED), async (dataSource) => {
      const runner = dataSource.createQueryRunner();
      const begin = runner.startTransaction.bind(runner);
      const commit = runner.commitTransaction.bind(runner);
      let before: Set<string>;
      runner.startTransaction = async () => {
        before = await filesOf(runner);
        await begin();
      };
      runner.commitTransaction = async () => {
        const after = await filesOf(runner);
        rewritten.push(...[...after].filter((file) => !before.has(file)));
        transactions += 1;
        await commit();
      };
      await new TextCollation1764400000000().up(runner);
      await runner.release();
    });
    expect(transactions).toBe(2);
    expect(rewritten).toEqual([]);
  });

  it('can be reverted and applied again', async () => {
    const before = await definitions();
    await upgrade();
    await withMigrationLock(ownerOptions(database, UPGRADED), (dataSource) =>
      dataSource.undoLastMigration(),
    );
    expect(await definitions()).toEqual(before);
    expect(await upgrade()).toEqual(['TextCollation1764400000000']);
  });
});

const filesOf = async (runner: QueryRunner): Promise<Set<string>> => {
  const rows = (await runner.query(
    `select pg_relation_filenode(oid)::text as file from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'i')`,
  )) as { file: string }[];
  return new Set(rows.map(({ file }) => file));
};

describe('instances of the version before', () => {
  let instance: TestingModule;
  let orders: OrderRepository;
  let reads: OrderReadRepository;

  beforeEach(async () => {
    await addLaterColumns(database);
    // One connection, so that the statements prepared before the migration are executed after it.
    const settings = {
      url: database.url,
      applicationName: 'old',
      poolSize: 1,
      readPoolSize: 1,
      timeoutMs: 10_000,
    };
    instance = await Test.createTestingModule({
      imports: [PostgresModule.forApp({ ...settings, migrateOnStart: false }, PREVIOUS)],
      providers: [OrderRepository, OrderReadRepository],
    })
      .setLogger(silentLogger)
      .compile();
    orders = instance.get(OrderRepository);
    reads = instance.get(OrderReadRepository);
  });

  afterEach(() => instance.close());

  const orderWith = (idempotencyKey: string): NewOrder =>
    newOrder({ userId: 'old', note: null, idempotencyKey, items: [{ sku: 'a', quantity: 1 }] });

  /** Runs every statement of the repository. */
  const useAll = async (key: string): Promise<void> => {
    const [order, twin] = [orderWith(key), orderWith(key)];
    expect((await orders.insert([order], 60_000, 60_000)).size).toBe(1);
    expect((await orders.insert([twin], 60_000, 60_000)).size).toBe(0);
    const [{ order: found } = {}] = await orders.findByKeys([order]);
    if (found?.status !== 'PENDING') throw new Error('The order was not found by its key');
    expect((await orders.record([transitionOf({ ...found, status: 'PENDING' }, HELD)])).size).toBe(
      1,
    );
    expect(await orders.claimDue(['PENDING'], 1, 1)).toHaveLength(1);
    await orders.releaseClaims([found.id]);
    await orders.findOverdue(1);
    const filter = { userId: 'old', status: 'CONFIRMED', sku: 'a', limit: 9 } as const;
    const { items } = await reads.page(filter, {});
    expect(items.map(({ id }) => id)).toContain(order.id);
  };

  it('work on the migrated tables, also with statements that they prepared before', async () => {
    await useAll('before');
    await upgrade();
    await useAll('after');
    const [again] = [orderWith('before')];
    expect((await orders.insert([again], 60_000, 60_000)).size).toBe(0);
  });

  it('do not wait while the migration waits for a reader', async () => {
    const reader = await database.connect();
    await reader.query('begin isolation level repeatable read');
    await reader.query('select from orders limit 1');
    const migrated = upgrade();
    const durationsMs: number[] = [];
    for (let nth = 0; nth < 100; nth += 1) {
      const startMs = performance.now();
      await orders.insert([orderWith(`waiting-${nth}`)], 60_000, 60_000);
      durationsMs.push(performance.now() - startMs);
      await sleep(20);
    }
    expect(await Promise.race([migrated, sleep(1, 'waiting')])).toBe('waiting');
    await reader.query('commit');
    expect(await migrated).toEqual(['TextCollation1764400000000']);
    expect(Math.max(...durationsMs)).toBeLessThan(1_000);
  });

  it('place one order for each key at every moment of the migration', async () => {
    const done = new AbortController();
    const migrated = upgrade().finally(() => done.abort());
    let placed = 0;
    for (let nth = 0; !done.signal.aborted; nth += 1) {
      const twins = times(3, () => orderWith(`during-${nth}`));
      const results = await Promise.all(twins.map((twin) => orders.insert([twin], 60_000, 60_000)));
      expect(results.filter(({ size }) => size === 1)).toHaveLength(1);
      placed += 1;
    }
    await migrated;
    expect(placed).toBeGreaterThan(10);
  });
});

describe('keys that belong to several orders', () => {
  const FIRST = '01930000-0000-7000-8000-000000000001';

  /** As after a change of the sort library: the index misses the keys that it has. */
  const insertUnseen = async (sql: string): Promise<void> => {
    const maintain = (isReady: boolean) =>
      database.query(
        `update pg_index set indisready = $1
          where indexrelid = 'orders_idempotency_key'::regclass`,
        [isReady],
      );
    await maintain(false);
    await database.query(sql);
    await maintain(true);
  };

  const duplicate = (count: number, status = 'PENDING'): Promise<void> =>
    insertUnseen(
      `insert into orders (id, user_id, idempotency_key, status, next_attempt_at, last_seq)
       select gen_random_uuid(), user_id, idempotency_key, '${status}',
              case '${status}' when 'PENDING' then now() end, 1
         from orders order by id limit ${count}`,
    );

  const failure = async (): Promise<string> => {
    try {
      await upgrade();
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
    return 'no failure';
  };

  it('stop the migration with a report, and it passes after they are resolved as it says', async () => {
    await duplicate(2);
    const before = await definitions();
    const report = await failure();
    expect(report).toContain('2 idempotency keys have more than one order');
    expect(report).toContain('user "u1", key "key-1":');
    expect(report).toMatch(new RegExp(`${FIRST}  PENDING  [0-9T:.-]+Z  keep`));
    expect(report.match(/PENDING {2}\S+ {2}cancel/g)).toHaveLength(2);
    expect(report.match(/curl -X POST \S+\/v1\/orders\/[0-9a-f-]{36}\/cancel/g)).toHaveLength(2);
    expect(await definitions()).toEqual(before);
    const [sql = ''] = /update orders set idempotency_key = null.*;/.exec(report) ?? [];
    await database.query(sql);
    expect(await upgrade()).toEqual(['TextCollation1764400000000']);
    const kept = await database.query(
      `select from orders where id = $1 and idempotency_key = 'key-1'`,
      [FIRST],
    );
    expect(kept).toHaveLength(1);
  });

  it('are listed up to 20, and the order that was shipped is kept', async () => {
    await duplicate(25, 'FULFILLED');
    const report = await failure();
    expect(report).toContain('25 idempotency keys');
    expect(report.match(/keep$/gm)).toHaveLength(20);
    expect(report).toMatch(
      new RegExp(`FULFILLED  \\S+  keep\n    ${FIRST}  PENDING  \\S+  cancel`),
    );
  });

  it('are reported too if the index is missing', async () => {
    await database.query('drop index orders_idempotency_key');
    await database.query(
      `update orders set idempotency_key = 'key-7' where idempotency_key in ('key-14', 'key-21')`,
    );
    const report = await failure();
    expect(report).toContain('1 idempotency keys');
    await database.query(
      `update orders set idempotency_key = id::text where idempotency_key = 'key-7'`,
    );
    expect(await upgrade()).toEqual(['TextCollation1764400000000']);
  });
});
