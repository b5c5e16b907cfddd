import { Test, type TestingModule } from '@nestjs/testing';
import { BEGINNING, EventLogModule } from '@app/events';
import { PostgresModule } from '@app/postgres';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { EventsRepository } from '../../apps/orders/src/events/events.repository';
import { toPublicEvent } from '../../apps/orders/src/events/order-log-event';
import { InventoryFollowerModule } from '../../apps/orders/src/inventory-events/inventory-follower.module';
import { StockEventRepository } from '../../apps/orders/src/inventory-events/stock-event.repository';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { connectInventory, type InventoryRpc } from '../harness/inventory-client';
import { silentLogger } from '../harness/silent-logger';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';
import { type InventoryServer, inventoryServer } from './inventory-server';

const HOUR_MS = 3_600_000;

let inventory: TestDatabase;
let orders: TestDatabase;
let server: InventoryServer;
let calls: InventoryRpc;
const followers: TestingModule[] = [];

/** An instance of Orders as far as it follows Inventory. */
const startFollower = async (address = server.address): Promise<TestingModule> => {
  const settings = { url: orders.url, applicationName: 'test', poolSize: 4, timeoutMs: 5_000 };
  const follower = await Test.createTestingModule({
    imports: [
      PostgresModule.forApp({ ...settings, migrateOnStart: false }, ordersSchema),
      EventLogModule.with({ retentionMs: HOUR_MS }),
      InventoryFollowerModule.at(address),
    ],
    providers: [EventsRepository],
  })
    .setLogger(silentLogger)
    .compile();
  await follower.init();
  followers.push(follower);
  return follower;
};

beforeEach(async () => {
  [inventory, orders] = await Promise.all([cloneDatabase('inventory'), cloneDatabase('orders')]);
  server = await inventoryServer(inventory.url);
  calls = connectInventory(server.address);
});

afterEach(async () => {
  await Promise.all(followers.splice(0).map((follower) => follower.close()));
  calls.close();
  await server.stop();
  await Promise.all([inventory.drop(), orders.drop()]);
});

const adjust = (sku: string, delta: number, adjustmentId: string) =>
  calls.adjustStock({
    adjustmentId,
    sku,
    delta,
    reason: 'delivery',
    actor: 'warehouse',
    allowShortfall: false,
  });

/** The events of Orders' log, as other systems receive them. */
const published = async (follower: TestingModule) => {
  const { events } = await follower.get(EventsRepository).readAfter(BEGINNING, 1_000);
  return events.map(toPublicEvent);
};

const untilPublished = (follower: TestingModule, count: number) =>
  eventually(
    `${count} events are in the log of Orders`,
    async () => {
      const events = await published(follower);
      return events.length >= count && events;
    },
    20_000,
  );

it('publishes the stock events of Inventory once and in order, and no others', async () => {
  await adjust('a', 30, 'x');
  await calls.setStockThreshold({ sku: 'a', threshold: { lowAt: 10, replenishedAt: 20 } });
  await calls.createReservation({ reservationId: 'r', lines: [{ sku: 'a', quantity: 21 }] });
  const follower = await startFollower();
  await untilPublished(follower, 2);
  await calls.releaseReservation({ reservationId: 'r' });
  const events = await untilPublished(follower, 3);
  expect(events).toMatchObject([
    { type: 'stock.adjusted', sku: 'a', onHandDelta: 30, onHand: 30, reason: 'delivery' },
    { type: 'stock.low', sku: 'a', available: 9, lowAt: 10 },
    { type: 'stock.replenished', sku: 'a', available: 30, replenishedAt: 20 },
  ]);
});

it('is followed by one of several instances, and by another one after it has gone', async () => {
  const [first, second] = [await startFollower(), await startFollower()];
  for (const index of times(20, (nth) => nth)) {
    await adjust('a', 1, `x-${index}`);
    if (index === 10) await followers.shift()?.close();
  }
  expect(first).not.toBe(second);
  const events = await untilPublished(second, 20);
  expect(events.map((event) => event?.eventId)).toEqual(times(20, (index) => `a.${index + 1}`));
});

it('stores nothing for an instance that has lost the cursor', async () => {
  const follower = await startFollower('127.0.0.1:1');
  const repository = follower.get(StockEventRepository);
  const lease = await eventually('the cursor is free', () => repository.acquire());
  await orders.query(`update inventory_cursor set leased_until = '-infinity'`);
  const next = await eventually('the lease has ended', () => repository.acquire());
  const event = {
    position: 'p-1',
    eventId: 'a.1',
    type: 'stock.low',
    sku: 'a',
    occurredAt: new Date(),
    onHandDelta: null,
    onHand: null,
    reason: null,
    actor: null,
    available: 1,
    limit: 2,
  } as const;
  expect(await repository.store(lease, 'p-1', [event])).toBe(false);
  expect(await repository.store(next, 'p-1', [event])).toBe(true);
  expect(await repository.store(next, 'p-1', [event])).toBe(true);
  expect(await orders.query('select position from stock_event')).toEqual([{ position: 'p-1' }]);
});

it('continues with the oldest event after the position is lost, and repeats none', async () => {
  const follower = await startFollower();
  await givenStock(inventory, ['a', 'b'], 5);
  await untilPublished(follower, 2);
  await followers.shift()?.close();
  await orders.query(`update inventory_cursor set position = '00000000-1-0'`);
  await adjust('a', 1, 'x');
  const again = await startFollower();
  const events = await untilPublished(again, 3);
  expect(events.map((event) => event?.eventId)).toEqual(['a.1', 'b.1', 'a.2']);
});

it('deletes stock events whose events are no longer in the log', async () => {
  const follower = await startFollower();
  await givenStock(inventory, 'a', 5);
  await untilPublished(follower, 1);
  const repository = follower.get(StockEventRepository);
  await repository.prune();
  expect(await orders.query('select from stock_event')).toHaveLength(1);
  await orders.query('delete from event_log');
  await orders.query(
    `update event_sequence set pruned_position = last_position,
            complete_since = clock_timestamp() + interval '2 hours'`,
  );
  await repository.prune();
  expect(await orders.query('select from stock_event')).toEqual([]);
});
