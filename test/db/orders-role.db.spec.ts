import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { ORDERS_ROLE } from '../../tools/launch-settings';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { DENIED, grantsOf, queryAs, sortedPrivileges } from './roles';

describe('the role of Orders', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await cloneDatabase('orders');
  });

  afterAll(() => database.drop());

  it.each([
    'update order_event set reason = null',
    'delete from order_event',
    'truncate order_event',
    'delete from orders',
    'truncate orders cascade',
    'update order_item set quantity = 1',
    'delete from order_item',
    'delete from api_key',
    'truncate api_key',
    'update audit_entry set actor = null',
    'delete from audit_outcome',
    'alter table orders drop constraint orders_status',
    'alter table orders disable trigger all',
    'drop table order_event',
    'drop index orders_idempotency_key',
    'delete from migration',
    `insert into migration (timestamp, name) values (1, 'x')`,
    `create role ${ORDERS_ROLE}_2`,
    `copy orders from program 'true'`,
    `copy orders to '/tmp/orders'`,
    `select pg_read_file('PG_VERSION')`,
  ])('must not: %s', async (sql) => {
    await expect(queryAs(database.url, sql)).rejects.toMatchObject(DENIED);
  });

  it('has exactly the privileges that the schema lists, for every table', async () => {
    const tables = await database.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public'`,
    );
    expect(tables.map(({ name }) => name).sort()).toEqual(
      Object.keys(ordersSchema.privileges).sort(),
    );
    expect(await grantsOf(database, ORDERS_ROLE)).toEqual(
      sortedPrivileges(ordersSchema.privileges),
    );
  });
});
