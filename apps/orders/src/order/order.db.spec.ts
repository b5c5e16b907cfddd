import type { TestingModule } from '@nestjs/testing';
import { Test } from '@nestjs/testing';
import { Database, PostgresModule } from '@app/postgres';
import { cloneDatabase, type TestDatabase } from '../../../../test/support/databases';
import { silentLogger } from '../../../../test/support/silent-logger';
import { times } from '../../../../test/support/wait';
import { ordersSchema } from '../database/orders.schema';
import { newOrder, type NewOrder, transitionFor } from './order';
import { OrderRepository } from './order.repository';

let database: TestDatabase;
let instance: TestingModule;
let orders: OrderRepository;

beforeAll(async () => {
  database = await cloneDatabase('orders');
  const settings = { url: database.url, applicationName: 'test', poolSize: 5, timeoutMs: 10_000 };
  instance = await Test.createTestingModule({
    imports: [PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema)],
    providers: [OrderRepository],
  })
    .setLogger(silentLogger)
    .compile();
  orders = instance.get(OrderRepository);
});

afterAll(async () => {
  await instance.close();
  await database.drop();
});

const insert = async (graceMs: number, count = 1): Promise<NewOrder[]> => {
  const made = times(count, () =>
    newOrder({ userId: 'u', note: null, items: [{ sku: 'burger', quantity: 1 }] }),
  );
  await instance.get(Database).transaction((tx) => orders.insert(tx, made, graceMs));
  return made;
};

const shortages = [{ sku: 'burger', requested: 1, available: 0, reason: 'NOT_ENOUGH' as const }];

describe('moving out of PENDING', () => {
  it('happens once: whoever comes second moves nothing and changes nothing', async () => {
    const [order] = (await insert(60_000)) as [NewOrder];
    const first = await orders.leavePending([transitionFor(order.id, { kind: 'held' })]);
    const second = await orders.leavePending([
      transitionFor(order.id, { kind: 'rejected', shortages }),
    ]);
    expect([...first.keys()]).toEqual([order.id]);
    expect([...second.keys()]).toEqual([]);
    expect(await orders.find([order.id])).toMatchObject([{ status: 'CONFIRMED', shortages: [] }]);
  });

  it('moves a group together, each order to its own end', async () => {
    const [left, right] = (await insert(60_000, 2)) as [NewOrder, NewOrder];
    await orders.leavePending([
      transitionFor(left.id, { kind: 'held' }),
      transitionFor(right.id, { kind: 'rejected', shortages }),
    ]);
    const found = await orders.find([left.id, right.id]);
    expect(found.map(({ status }) => status).sort()).toEqual(['CANCELLED', 'CONFIRMED']);
    expect(found.find(({ id }) => id === right.id)).toMatchObject({
      cancelReason: 'INSUFFICIENT_STOCK',
      shortages,
    });
  });
});

describe('claiming what is due', () => {
  const ids = (claimed: readonly { id: string }[]) => claimed.map(({ id }) => id).sort();

  it('leaves alone an order whose own request may still be asking', async () => {
    await insert(60_000);
    expect(await orders.claimDue(100, 60_000)).toEqual([]);
  });

  it('gives each order to one instance only, even while another is claiming', async () => {
    const made = await insert(-1, 20);
    const claims = await Promise.all(times(4, () => orders.claimDue(10, 60_000)));
    expect(ids(claims.flat())).toEqual(ids(made));
  });

  it('passes over an order that another session has locked, instead of waiting for it', async () => {
    const [locked, free] = (await insert(-1, 2)) as [NewOrder, NewOrder];
    const rival = await database.connect();
    await rival.query('begin');
    await rival.query('select from orders where id = $1 for update', [locked.id]);
    expect(ids(await orders.claimDue(10, 60_000))).toEqual([free.id]);
    await rival.query('rollback');
    expect(ids(await orders.claimDue(10, 60_000))).toEqual([locked.id]);
  });

  it('gives it again, with its attempts counted, when a claim has lapsed', async () => {
    const [order] = (await insert(-1)) as [NewOrder];
    expect(await orders.claimDue(10, -1)).toEqual([{ id: order.id, attempts: 1 }]);
    expect(await orders.claimDue(10, 60_000)).toEqual([{ id: order.id, attempts: 2 }]);
  });

  it('takes the oldest first', async () => {
    const [young] = (await insert(-1_000)) as [NewOrder];
    const [old] = (await insert(-5_000)) as [NewOrder];
    expect(ids(await orders.claimDue(1, 60_000))).toEqual([old.id]);
    expect(ids(await orders.claimDue(1, 60_000))).toEqual([young.id]);
  });

  it('does not bring back an order that has ended', async () => {
    const [order] = (await insert(60_000)) as [NewOrder];
    await orders.leavePending([transitionFor(order.id, { kind: 'held' })]);
    await orders.retryLater([{ id: order.id, delayMs: -1 }]);
    expect(await orders.claimDue(10, 60_000)).toEqual([]);
  });
});

it('Postgres itself refuses a status that is none, and a cancelled order without a reason', async () => {
  const [order] = (await insert(60_000)) as [NewOrder];
  for (const change of [`status = 'LOST'`, `status = 'CANCELLED'`, `status = 'CONFIRMED'`]) {
    await expect(
      database.query(`update orders set ${change} where id = $1`, [order.id]),
    ).rejects.toMatchObject({ code: '23514' });
  }
});
