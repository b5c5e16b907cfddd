import { BEGINNING, type EventReader, type LogPosition } from '@app/events';
import { Database, openDataSource, poolOf, type Schema } from '@app/postgres';
import { InventoryEventsRepository } from '../../apps/inventory/src/events/inventory-events.repository';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { EventsRepository } from '../../apps/orders/src/events/events.repository';
import { isOrderEvent, toPublicEvent } from '../../apps/orders/src/events/order-log-event';
import { operatorDataSourceOptions } from '../../apps/cli/src/migrations/migrations';
import { OrderReplay, type ReplayedOrder, orderText } from '../harness/replayed-orders';
import { StockReplay } from '../harness/replayed-stock';
import type { ServiceCluster } from '../harness/service-cluster';
import { eventually } from '../harness/wait';
import type { Violations } from './violations';

const PAGE_SIZE = 1_000;
const NO_ID = '00000000-0000-0000-0000-000000000000';
const SEQUENCE_TIMEOUT_MS = 30_000;

/** Checks that the events alone lead to exactly the orders and stock levels that the databases have. */
export const checkReplay = async (
  violations: Violations,
  { ordersDatabase, inventoryDatabase }: ServiceCluster,
): Promise<void> => {
  await withDatabase(ordersDatabase.ownerUrl, ordersSchema, async (database) => {
    const replay = new OrderReplay();
    for await (const event of eventsOf(database, new EventsRepository(database))) {
      const published = isOrderEvent(event) ? toPublicEvent(event) : undefined;
      if (published && 'orderId' in published) replay.add(published);
    }
    for (const fault of replay.faults) violations.add('other', `replay: ${fault}`);
    compare(violations, 'order', replay.orders, await storedOrders(database));
  });
  await withDatabase(inventoryDatabase.ownerUrl, inventorySchema, async (database) => {
    const replay = new StockReplay();
    for await (const event of eventsOf(database, new InventoryEventsRepository(database))) {
      replay.add(event);
    }
    const levels = new Map(Object.entries(replay.levels()));
    compare(violations, 'level of', levels, await storedLevels(database));
  });
};

const withDatabase = async (
  url: string,
  schema: Schema,
  work: (database: Database) => Promise<void>,
): Promise<void> => {
  const source = await openDataSource(operatorDataSourceOptions(url, schema));
  const database = new Database(poolOf(source));
  try {
    await work(database);
  } finally {
    await database.onApplicationShutdown();
    await source.destroy();
  }
};

/** Returns all events of a log, after those that are committed have their positions. */
async function* eventsOf<Event extends LogPosition>(
  database: Database,
  reader: EventReader<Event>,
): AsyncGenerator<Event> {
  await eventually(
    'all events have positions',
    async () => (await database.query('select from event_outbox limit 1')).length === 0,
    SEQUENCE_TIMEOUT_MS,
  );
  const { end } = await reader.readState();
  for (let position: LogPosition = BEGINNING; position.position < end.position;) {
    const page = await reader.readAfter(position, PAGE_SIZE);
    yield* page.events;
    position = page.end;
  }
}

const compare = (
  violations: Violations,
  what: string,
  replayed: ReadonlyMap<string, string>,
  stored: ReadonlyMap<string, string>,
): void => {
  for (const key of new Set([...replayed.keys(), ...stored.keys()])) {
    const [expected, found] = [stored.get(key) ?? 'none', replayed.get(key) ?? 'none'];
    if (expected === found) continue;
    violations.add('other', `replay: ${what} ${key}: stored ${expected}, replayed ${found}`);
  }
};

const STORED_ORDERS = `
  select o.id, o.user_id as "userId", o.idempotency_key as key, o.status,
         case when o.status = 'CANCELLED' then o.cancel_reason end as "cancelReason",
         (select coalesce(json_agg(json_build_object('sku', sku, 'quantity', units))
                            filter (where units > 0), '[]')
            from (select i.sku,
                         coalesce((select r.quantity from order_reduction r
                                    where r.order_id = o.id and r.sku = i.sku
                                    order by r.number desc limit 1), sum(i.quantity)) as units
                    from order_item i where i.order_id = o.id group by i.sku) l) as items
    from orders o where o.id > $1 order by o.id limit ${PAGE_SIZE}`;

/** Returns each order as text. */
const storedOrders = async (database: Database): Promise<Map<string, string>> => {
  const texts = new Map<string, string>();
  for (let lastId = NO_ID; ;) {
    const page = await database.query<ReplayedOrder & { id: string }>(STORED_ORDERS, [lastId]);
    for (const order of page) texts.set(order.id, orderText(order));
    lastId = page.at(-1)?.id ?? lastId;
    if (page.length < PAGE_SIZE) return texts;
  }
};

const storedLevels = async (database: Database): Promise<Map<string, string>> => {
  const levels = await database.query<{ sku: string; level: string }>(
    `select sku, on_hand || ' / ' || reserved as level from stock_level`,
  );
  return new Map(levels.map(({ sku, level }) => [sku, level]));
};
