import type { InventoryRpc } from '../harness/inventory-client';
import { ServiceCluster } from '../harness/service-cluster';
import { eventually, times } from '../harness/wait';

interface StockEvent {
  readonly eventId: string;
  readonly type: string;
  readonly sku: string;
  readonly onHand?: number;
  readonly actor?: string;
}

let cluster: ServiceCluster;
let inventory: InventoryRpc;

beforeAll(async () => {
  cluster = await ServiceCluster.start({ orders: 2 });
  inventory = cluster.inventoryClient;
});

afterAll(() => cluster.stop());

const adjust = (id: string, delta = 1) =>
  inventory.adjustStock({
    adjustmentId: id,
    sku: 'pizza',
    delta,
    reason: 'delivery',
    actor: 'warehouse',
    allowShortfall: false,
  });

/** All stock events that an instance of Orders serves. */
const stockEvents = async (url = cluster.orders.url): Promise<StockEvent[]> => {
  const types = 'stock.adjusted,stock.low,stock.replenished';
  const found: StockEvent[] = [];
  for (let after = 'oldest'; ;) {
    const response = await fetch(`${url}/v1/events?types=${types}&after=${after}`);
    expect(response.status).toBe(200);
    const page = (await response.json()) as { events: StockEvent[]; next: string };
    found.push(...page.events);
    if (page.next === after || page.events.length === 0) return found;
    after = page.next;
  }
};

const untilServed = (count: number, url?: string) =>
  eventually(
    `Orders serves ${count} stock events`,
    async () => {
      const events = await stockEvents(url);
      return events.length >= count && events;
    },
    20_000,
  );

it('Orders serves stock events in its log, also while Inventory is killed, and continues without a gap', async () => {
  await adjust('first', 12);
  await inventory.setStockThreshold({
    sku: 'pizza',
    threshold: { lowAt: 12, replenishedAt: 15 },
  });
  expect(await untilServed(2)).toMatchObject([
    { eventId: 'pizza.1', type: 'stock.adjusted', onHand: 12, actor: 'warehouse' },
    { type: 'stock.low', sku: 'pizza', available: 12, lowAt: 12 },
  ]);
  await cluster.inventory.stop('SIGKILL');
  expect(await stockEvents()).toHaveLength(2);
  await cluster.inventory.start();
  for (const index of times(5, (nth) => nth)) await adjust(`later-${index}`);
  const events = await untilServed(8);
  expect(events.map(({ type }) => type.replace('stock.', ''))).toEqual([
    'adjusted',
    'low',
    'adjusted',
    'adjusted',
    'adjusted',
    'replenished',
    'adjusted',
    'adjusted',
  ]);
  expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(8);
});

it('another instance of Orders follows while the first is gone', async () => {
  const [first, second] = cluster.ordersInstances;
  const before = (await stockEvents()).length;
  await first?.stop('SIGKILL');
  for (const index of times(3, (nth) => nth)) await adjust(`killed-${index}`);
  await untilServed(before + 3, second?.url);
  await first?.start();
  expect(await stockEvents()).toHaveLength(before + 3);
});
