import { withMigrationLock } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { SystemActor1764300000000 } from '../../apps/orders/src/database/migrations/1764300000000-system-actor';
import { ordersChecks } from '../../apps/cli/src/verify/orders-checks';
import { firstDifferences, withSnapshot } from '../../apps/cli/src/verify/snapshot';
import { emptyDatabase, type TestDatabase } from '../harness/databases';
import { eventually } from '../harness/wait';
import { migrateTo, ownerOptions, schemasAround } from './upgrade';

/** Four orders, whose events are more than two batches of the migration. */
const ORDERS = 4;
const EVENTS_EACH = 3_000;
const CHECK_VIOLATION = '23514';

const { previous: PREVIOUS, upgraded: UPGRADED } = schemasAround(SystemActor1764300000000);

let database: TestDatabase;

const upgrade = (): Promise<string[]> => migrateTo(database, UPGRADED);

const insertEvent = (seq: number, actor: string) =>
  database.query(
    `insert into order_event (order_id, seq, event, status, actor, attempt, duration_ms, reason)
     select min(id::text)::uuid, $1, 'NO_ANSWER', 'PENDING', $2, 1, 1, 'UNAVAILABLE' from orders`,
    [seq, actor],
  );

const actors = () =>
  database.query<{ actor: string; count: number }>(
    'select actor, count(*)::int from order_event group by actor order by actor',
  );

const isCheckValid = async (): Promise<boolean> => {
  const [row] = await database.query<{ convalidated: boolean }>(
    `select convalidated from pg_constraint where conname = 'order_event_actor'`,
  );
  return row?.convalidated ?? false;
};

beforeEach(async () => {
  database = await emptyDatabase();
  await migrateTo(database, PREVIOUS);
  await database.query(
    `insert into orders (id, user_id, status, attempts, next_attempt_at, last_seq)
     select format('%s-%s-7000-8000-%s', left(time, 8), substr(time, 9), lpad(nth::text, 12, '0'))::uuid,
            'u', 'PENDING', $2 - 1, now(), $2
       from generate_series(1, $1) nth
      cross join lpad(to_hex((extract(epoch from now()) * 1000)::bigint), 12, '0') time`,
    [ORDERS, EVENTS_EACH],
  );
  await database.query(`insert into order_item select id, 0, 'burger', 1 from orders`);
  await database.query(
    `insert into order_event (order_id, seq, event, status, actor, attempt, duration_ms, reason,
                              occurred_at)
     select id, seq, case seq when 1 then 'PLACED' else 'NO_ANSWER' end, 'PENDING',
            case seq when 1 then 'CUSTOMER' else 'SETTLER' end,
            nullif(seq - 1, 0), case when seq > 1 then 1 end,
            case when seq > 1 then 'UNAVAILABLE' end, created_at
       from orders cross join generate_series(1, $1) seq`,
    [EVENTS_EACH],
  );
});

afterEach(() => database.drop());

const REWRITTEN = [
  { actor: 'CUSTOMER', count: ORDERS },
  { actor: 'SYSTEM', count: ORDERS * (EVENTS_EACH - 1) },
];

it('rewrites SETTLER to SYSTEM in several transactions and validates the CHECK', async () => {
  expect(await upgrade()).toEqual(['SystemActor1764300000000']);
  expect(await actors()).toEqual(REWRITTEN);
  const [{ transactions } = { transactions: 0 }] = await database.query<{ transactions: number }>(
    `select count(distinct xmin::text)::int as transactions from order_event where actor = 'SYSTEM'`,
  );
  expect(transactions).toBe(3);
  expect(await isCheckValid()).toBe(true);
});

it('accepts the actors of the old and the new version, and no other', async () => {
  await upgrade();
  const accepted = ['SETTLER', 'CUSTOMER', 'SYSTEM', 'STAFF', 'ADMIN'];
  for (const [index, actor] of accepted.entries()) {
    await insertEvent(EVENTS_EACH + 1 + index, actor);
  }
  await expect(insertEvent(EVENTS_EACH + 9, 'GUEST')).rejects.toMatchObject({
    code: CHECK_VIOLATION,
  });
});

it('verify accepts the SETTLER that an old instance still writes', async () => {
  await upgrade();
  await migrateTo(database, ordersSchema);
  await insertEvent(EVENTS_EACH + 1, 'SETTLER');
  await database.query(
    `update orders o set last_seq = e.seq, updated_at = e.occurred_at, attempts = e.attempt
       from order_event e where e.order_id = o.id and e.seq = $1`,
    [EVENTS_EACH + 1],
  );
  const differences = await withSnapshot({ url: database.ownerUrl }, (client) =>
    firstDifferences(client, ordersChecks, 10),
  );
  expect(differences).toEqual([]);
});

it('does not block inserts while it waits for a long transaction', async () => {
  const reader = await database.connect();
  await reader.query('begin');
  await reader.query('select from order_event limit 1');
  const upgraded = upgrade();
  await eventually('the migration waits for a lock', async () => {
    const rows = await database.query(
      `select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and query like 'alter%'`,
    );
    return rows.length > 0;
  });
  await insertEvent(EVENTS_EACH + 1, 'SETTLER');
  await reader.query('commit');
  await upgraded;
  expect((await actors()).map(({ actor }) => actor)).toEqual(['CUSTOMER', 'SYSTEM']);
});

it('starts over after it was interrupted', async () => {
  await upgrade();
  await database.query(`delete from migration where name = 'SystemActor1764300000000'`);
  await insertEvent(EVENTS_EACH + 1, 'SETTLER');
  expect(await upgrade()).toEqual(['SystemActor1764300000000']);
  expect((await actors()).map(({ actor }) => actor)).toEqual(['CUSTOMER', 'SYSTEM']);
});

it('can be reverted: the rows and the CHECK are those of the version before', async () => {
  await upgrade();
  await insertEvent(EVENTS_EACH + 1, 'STAFF');
  await withMigrationLock(ownerOptions(database, UPGRADED), (dataSource) =>
    dataSource.undoLastMigration(),
  );
  expect(await actors()).toEqual([
    { actor: 'CUSTOMER', count: ORDERS + 1 },
    { actor: 'SETTLER', count: ORDERS * (EVENTS_EACH - 1) },
  ]);
  expect(await isCheckValid()).toBe(true);
  await expect(insertEvent(EVENTS_EACH + 2, 'SYSTEM')).rejects.toMatchObject({
    code: CHECK_VIOLATION,
  });
  expect(await upgrade()).toEqual(['SystemActor1764300000000']);
});
