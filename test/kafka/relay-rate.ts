import type { TestDatabase } from '../harness/databases';
import type { OrdersProcess } from '../harness/services';
import { eventually } from '../harness/wait';

const TIMEOUT_MS = 3_600_000;
const ORDERS_PER_STATEMENT = 250;

/** Two events each, and group commits of the size that Orders has under load. */
const INSERT = `
  with placed as (
    insert into orders (id, user_id, status, last_seq)
    select gen_random_uuid(), 'u-' || number, 'CONFIRMED', 2 from generate_series(1, $1::int) number
    returning id),
  items as (
    insert into order_item (order_id, position, sku, quantity) select id, 1, 'burger', 1 from placed)
  insert into order_event (order_id, seq, event, status, actor)
  select id, seq, case seq when 1 then 'PLACED' else 'CONFIRMED' end,
         case seq when 1 then 'PENDING' else 'CONFIRMED' end, 'CUSTOMER'
    from placed, generate_series(1, 2) seq`;

export interface RateResult {
  readonly events: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
}

/** Writes a backlog while no instance runs, starts one, and measures how fast it publishes the backlog. */
export const measureRelay = async (
  database: TestDatabase,
  orders: OrdersProcess,
  events: number,
): Promise<RateResult> => {
  const client = await database.connect();
  for (let written = 0; written < events; written += 2 * ORDERS_PER_STATEMENT) {
    await client.query(INSERT, [ORDERS_PER_STATEMENT]);
  }
  const before = await positionOf(database);
  await orders.start();
  const startedMs = await eventually(
    'the relay has begun',
    async () => (await positionOf(database)) > before && performance.now(),
    TIMEOUT_MS,
    20,
  );
  const first = await positionOf(database);
  await eventually(
    'the backlog is published',
    async () => (await positionOf(database)) >= before + events,
    TIMEOUT_MS,
    100,
  );
  const seconds = (performance.now() - startedMs) / 1_000;
  const published = before + events - first;
  return { events, seconds, eventsPerSecond: Math.round(published / seconds) };
};

const positionOf = async (database: TestDatabase): Promise<number> => {
  const [cursor] = await database.query<{ position: number }>(
    `select position::float8 as position from event_cursor where name = 'kafka'`,
  );
  return cursor?.position ?? 0;
};
