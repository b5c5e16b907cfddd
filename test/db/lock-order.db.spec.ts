import { Test } from '@nestjs/testing';
import { PostgresModule } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { OrderRepository } from '../../apps/orders/src/order/order.repository';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { silentLogger } from '../harness/silent-logger';
import { awaitBlockedSession } from './in-process-inventories';

const SMALL = '01930000-0000-7000-8000-000000000001';
const LARGE = '01930000-0000-7000-8000-000000000002';

/** The order with the larger id comes first in the table, and plans read in the order of the table. */
const givenOrders = async (): Promise<TestDatabase> => {
  const database = await cloneDatabase('orders');
  for (const id of [LARGE, SMALL]) {
    await database.query(
      `insert into orders (id, user_id, status, next_attempt_at, last_seq)
       values ($1, 'u', 'PENDING', now(), 1)`,
      [id],
    );
  }
  const name = new URL(database.ownerUrl).pathname.slice(1);
  await database.query(`alter database ${name} set enable_indexscan = off`);
  return database;
};

it('releaseClaims locks orders by id, as transitions do, and not in the order of the table', async () => {
  const database = await givenOrders();
  const settings = { url: database.url, applicationName: 'test', poolSize: 2, timeoutMs: 10_000 };
  const instance = await Test.createTestingModule({
    imports: [PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema)],
    providers: [OrderRepository],
  })
    .setLogger(silentLogger)
    .compile();
  const rival = await database.connect();
  await rival.query('begin');
  await rival.query('select from orders where id = $1 for update', [SMALL]);
  const released = instance.get(OrderRepository).releaseClaims([LARGE, SMALL]);
  await awaitBlockedSession(database);
  const locked = await rival.query('select from orders where id = $1 for update nowait', [LARGE]);
  expect(locked.rowCount).toBe(1);
  await rival.query('commit');
  await released;
  await instance.close();
  await database.drop('broken');
});
