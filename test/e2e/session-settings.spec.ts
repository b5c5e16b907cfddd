import { Client } from 'pg';
import type { TestDatabase } from '../harness/databases';
import type { ServiceCluster } from '../harness/service-cluster';
import { startCluster } from '../harness/start-cluster';
import { givenStock } from '../harness/stock';
import { eventually } from '../harness/wait';

/** What an administrator may set for a database, for reasons of other programs. */
const FOREIGN_SETTINGS: Readonly<Record<string, string>> = {
  datestyle: 'German, DMY',
  intervalstyle: 'sql_standard',
  timezone: 'Asia/Kathmandu',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  array_nulls: 'off',
  standard_conforming_strings: 'off',
  transform_null_equals: 'on',
  quote_all_identifiers: 'on',
  default_transaction_isolation: 'serializable',
  default_transaction_deferrable: 'on',
  exit_on_error: 'on',
  statement_timeout: '1',
  lock_timeout: '1',
  idle_in_transaction_session_timeout: '1',
  idle_session_timeout: '50',
  search_path: 'pg_catalog',
  enable_indexscan: 'off',
  enable_bitmapscan: 'off',
  enable_nestloop: 'off',
  plan_cache_mode: 'force_custom_plan',
  client_min_messages: 'debug5',
  synchronous_commit: 'off',
  xmloption: 'document',
  default_text_search_config: 'pg_catalog.german',
};

let cluster: ServiceCluster;

beforeAll(async () => {
  cluster = await startCluster();
});

afterAll(async () => {
  await cluster.stop();
});

/** Through a pooler these act on the statement that sets the others (docs/postgres.md). */
const NOT_THROUGH_A_POOLER = [
  'statement_timeout',
  'idle_session_timeout',
  'idle_in_transaction_session_timeout',
];

const isApplied = ([setting]: [string, string]): boolean =>
  process.env.TEST_POOLER_PORT === undefined || !NOT_THROUGH_A_POOLER.includes(setting);

/** From another database, since a session of this one would have its settings. */
const asAdministrator = async (sql: (name: string) => string[], database: TestDatabase) => {
  const admin = new Client(process.env.TEST_POSTGRES_URL);
  await admin.connect();
  const name = new URL(database.ownerUrl).pathname.slice(1);
  for (const statement of sql(name)) await admin.query(statement);
  await admin.end();
};

/** Changes the defaults of a database, and ends the sessions that have the earlier ones. */
const applySettings = (database: TestDatabase): Promise<void> =>
  asAdministrator(
    (name) => [
      ...Object.entries(FOREIGN_SETTINGS)
        .filter(isApplied)
        .map(([setting, value]) => `alter database ${name} set ${setting} = '${value}'`),
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${name}'`,
    ],
    database,
  );

const resetSettings = (database: TestDatabase): Promise<void> =>
  asAdministrator((name) => [`alter database ${name} reset all`], database);

it('serves every request whatever an administrator has set for both databases', async () => {
  await givenStock(cluster.inventoryDatabase, 'burger', 10);
  const { client, inventoryClient, inventoryDatabase, ordersDatabase } = cluster;
  await Promise.all([inventoryDatabase, ordersDatabase].map(applySettings));
  const { body } = await eventually('an order is confirmed', async () => {
    const order = { userId: 'u', note: 'NULL', items: [{ sku: 'burger', quantity: 2 }] };
    const answer = await client.place(order, { headers: { 'Idempotency-Key': 'k-1' } });
    return answer.status === 201 ? answer : undefined;
  });

  const again = await client.place(
    { userId: 'u', note: 'NULL', items: [{ sku: 'burger', quantity: 2 }] },
    { headers: { 'Idempotency-Key': 'k-1' } },
  );
  expect(again).toMatchObject({ status: 201, body: { id: body.id, note: 'NULL' } });
  const short = await client.place({ userId: 'u', sku: 'burger', quantity: 99 });
  expect(short).toMatchObject({ status: 409, body: { reason: 'INSUFFICIENT_STOCK' } });
  const list = await client.get<{ orders: { note: string | null; createdAt: string }[] }>(
    '/v1/orders?userId=u',
  );
  expect(list.body.orders.map(({ note }) => note)).toEqual([null, 'NULL']);
  const ageMs = Date.now() - Date.parse(list.body.orders[0]?.createdAt ?? '');
  expect(Math.abs(ageMs)).toBeLessThan(60_000);
  expect(await client.request(body.id, 'fulfill')).toMatchObject({
    status: 200,
    body: { status: 'FULFILLED' },
  });
  expect((await client.get(`/v1/orders/${body.id}/timeline`)).status).toBe(200);
  const { levels } = await inventoryClient.getStock({ skus: ['burger'] });
  expect(levels[0]).toMatchObject({ onHand: 8, reserved: 0 });
  await Promise.all([inventoryDatabase, ordersDatabase].map(resetSettings));
});
