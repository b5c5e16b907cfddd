import { fillDataset, layerSkus, skuName } from '../harness/dataset/fill';
import { compare } from './compare';
import type { TestDatabase } from '../harness/databases';
import { type OrderFlow, startOrderFlow } from './order-flow';

const SKUS = 103;
/** Enough that the newest orders of some SKU are all held, with rejected ones among them. */
const ORDERS = 5_000;

/** Everything about a database except its rows, one line each. */
const CATALOG = `
  select format('%s %s %s, %s, %s', relkind, oid::regclass, reloptions, relpersistence, relacl) as line
    from pg_class where relnamespace = 'public'::regnamespace
  union all
  select format('%s.%s %s, null: %s, default: %s', attrelid::regclass, attname,
                format_type(atttypid, atttypmod), not attnotnull, pg_get_expr(d.adbin, d.adrelid))
    from pg_attribute a join pg_class c on c.oid = a.attrelid
    left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
   where relnamespace = 'public'::regnamespace and attnum > 0
  union all
  select format('%s: %s, valid: %s', conname, pg_get_constraintdef(oid), convalidated)
    from pg_constraint where connamespace = 'public'::regnamespace
  union all
  select format('%s, valid: %s, clustered: %s', pg_get_indexdef(indexrelid), indisvalid,
                indisclustered)
    from pg_index join pg_class c on c.oid = indexrelid
   where relnamespace = 'public'::regnamespace
  union all
  select format('%s, enabled: %s', pg_get_triggerdef(oid), tgenabled)
    from pg_trigger where not tgisinternal
  union all
  select format('%s of %s %s', tgconstraint, tgrelid::regclass, tgenabled) from pg_trigger
   where tgisinternal
  union all
  select format('%s = %s', name, setting) from pg_settings
  order by line`;

const catalogOf = async (database: TestDatabase): Promise<string[]> =>
  (await database.query<{ line: string }>(CATALOG)).map(({ line }) => line);

const fill = ({ orders, inventory }: OrderFlow, size: { skus: number; orders: number }) =>
  fillDataset({
    ordersUrl: orders.ownerUrl,
    inventoryUrl: inventory.ownerUrl,
    log: () => undefined,
    ...size,
  });

const stop = async (flow: OrderFlow): Promise<void> => {
  await flow.disconnect();
  await flow.orders.drop();
  await flow.inventory.drop();
};

/** The columns that all orders of one outcome have in common. */
const ORDER_SHAPES = `
  select distinct o.status, cancel_reason, o.attempts, refusals, next_attempt_at, parked_at, last_seq,
         note, idempotency_key is not null as has_key, shortages #- '{0,available}' as shortages,
         accept_by > o.created_at as is_accepted_later, e.seq, e.event, e.status as status_after,
         e.attempt, duration_ms is null as was_no_call, e.reason, items.count
    from orders o join order_event e on e.order_id = o.id
   cross join lateral (select count(*) from order_item where order_id = o.id) items
   where (select sku from order_item where order_id = o.id and position = 0) = 'sku-1'
   order by o.status, cancel_reason, seq`;

const RESERVATION_SHAPES = `
  select distinct state, expires_at, r.created_at = r.updated_at as is_as_made, held_until,
         available is null as has_no_available, shortage, m.kind,
         sign(m.on_hand_delta) as on_hand, sign(m.reserved_delta) as reserved, m.reason, m.actor,
         m.adjustment_id
    from reservation r join reservation_line l on l.reservation_id = r.id
    left join stock_movement m on m.reservation_id = r.id and m.sku = l.sku
   where l.sku = 'sku-1' order by state, kind`;

const SEED_SHAPES = `
  select sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after, reserved_after,
         reservation_id, reason, actor, adjustment_id
    from stock_movement where sku = 'sku-1' and seq = 1`;

const shapesOf = async ({ orders, inventory }: OrderFlow) => ({
  orders: await orders.query(ORDER_SHAPES),
  reservations: await inventory.query(RESERVATION_SHAPES),
  seeds: await inventory.query(SEED_SHAPES),
});

describe('a filled dataset', () => {
  let flow: OrderFlow;
  let catalogs: [string[], string[]];

  beforeAll(async () => {
    flow = await startOrderFlow();
    catalogs = [await catalogOf(flow.orders), await catalogOf(flow.inventory)];
    await fill(flow, { skus: SKUS, orders: ORDERS });
  });

  afterAll(() => stop(flow));

  it('has no differences in or between the databases, and no unfinished order', async () => {
    expect(await flow.orders.differences()).toEqual([]);
    expect(await flow.inventory.differences()).toEqual([]);
    const { lines, orders, reservations } = await compare(flow, { atRest: true });
    expect({ lines, orders, reservations }).toEqual({
      lines: [],
      orders: ORDERS,
      reservations: ORDERS,
    });
  });

  it('has orders of each outcome over 90 days, with ids that contain their times', async () => {
    const rows = await flow.orders.query<{ status: string; share: number }>(
      `select status, round(count(*) * 100.0 / ${ORDERS})::int as share from orders group by status`,
    );
    const shares = Object.fromEntries(rows.map(({ status, share }) => [status, share]));
    expect(shares).toEqual({ FULFILLED: 85, CONFIRMED: 5, CANCELLED: 10 });
    const [times] = await flow.orders.query(
      `select extract(day from max(created_at) - min(created_at))::int as days,
              max(updated_at) < now() as are_past,
              bool_and(('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint
                = floor(extract(epoch from created_at) * 1000)) as match_ids
         from orders`,
    );
    expect(times).toEqual({ days: 89, are_past: true, match_ids: true });
  });

  it('has every SKU with ample stock', async () => {
    const levels = await flow.inventory.query<{ sku: string; on_hand: number }>(
      `select sku, on_hand from stock_level order by substr(sku, 5)::int`,
    );
    expect(levels.map(({ sku }) => sku)).toEqual(
      Array.from({ length: SKUS }, (_, index) => skuName(index + 1)),
    );
    expect(Math.min(...levels.map(({ on_hand }) => on_hand))).toBeGreaterThan(800_000);
  });

  it('is skewed: few SKUs and customers have most orders, and some SKUs have only past ones', async () => {
    const { past, popular, rare } = layerSkus({ skus: SKUS, orders: ORDERS });
    const counts = await flow.orders.query<{ sku: string; count: number; is_past: boolean }>(
      `select sku, count(*)::int, max(created_at) < now() - interval '30 days' as is_past
         from order_item join orders on id = order_id where sku = any($1) group by sku`,
      [[past, popular, rare]],
    );
    const of = (sku: string) => counts.find((row) => row.sku === sku);
    expect(of(past)).toMatchObject({ is_past: true });
    expect(of(popular)).toMatchObject({ is_past: false });
    expect(of(past)?.count).toBeGreaterThan(5 * (of(rare)?.count ?? 0));
    expect(of(popular)?.count).toBeGreaterThan(5 * (of(rare)?.count ?? 0));
    const [first] = await flow.orders.query<{ count: number }>(
      `select count(*)::int from orders where user_id = 'user-1'`,
    );
    expect(first?.count).toBeGreaterThan(ORDERS / 20);
  });

  it('does not change schemas or settings', async () => {
    expect(await catalogOf(flow.orders)).toEqual(catalogs[0]);
    expect(await catalogOf(flow.inventory)).toEqual(catalogs[1]);
  });

  it('leaves nothing to vacuum', async () => {
    for (const database of [flow.orders, flow.inventory]) {
      const rows = await database.query(
        `select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
            and relname not in ('migration', 'tombstone_horizon', 'event_sequence', 'inventory_cursor')
            and pg_relation_size(oid) > 0
            and (relallvisible < relpages or reltuples < 0)`,
      );
      expect(rows).toEqual([]);
    }
  });

  it('accepts further work: fulfills, cancels and new orders', async () => {
    const rows = await flow.orders.query<{ id: string }>(
      `select id from orders where status = 'CONFIRMED' order by id limit 2`,
    );
    const [first, second] = rows.map(({ id }) => id);
    const fulfilling = await flow.request(await flow.find(first ?? ''), 'fulfill');
    expect((await flow.advance(fulfilling)).status).toBe('FULFILLED');
    const cancelling = await flow.request(await flow.find(second ?? ''), 'cancel');
    expect((await flow.advance(cancelling)).status).toBe('CANCELLED');
    const placed = await flow.place({ items: [{ sku: skuName(SKUS), quantity: 2 }] });
    expect((await flow.advance(placed)).status).toBe('CONFIRMED');
  });

  it('cannot be filled twice', async () => {
    await expect(fill(flow, { skus: SKUS, orders: ORDERS })).rejects.toThrow('is not empty');
  });
});

it('has the rows that the services would have written', async () => {
  const [filled, lived] = [await startOrderFlow(), await startOrderFlow()];
  // With four SKUs, every SKU has orders of every outcome.
  await fill(filled, { skus: 4, orders: 3_000 });
  await lived.apps.stock.seed([{ sku: 'sku-1', onHand: 900_000 }]);
  for (const outcome of ['fulfill', 'cancel', 'hold', 'reject']) {
    const quantity = outcome === 'reject' ? 1_000_000 : 1;
    const items = [{ sku: 'sku-1', quantity }];
    const order = await lived.advance(await lived.place({ items, idempotencyKey: outcome }));
    if (outcome === 'fulfill' || outcome === 'cancel')
      await lived.advance(await lived.request(order, outcome));
  }
  expect(await shapesOf(filled)).toEqual(await shapesOf(lived));
  await stop(filled);
  await stop(lived);
});

it.each([
  { what: 'no orders', skus: 40, orders: 0 },
  { what: 'fewer orders than SKUs', skus: 500, orders: 70 },
  { what: 'many orders of each SKU', skus: 5, orders: 3_000 },
])('can have $what', async ({ skus, orders }) => {
  const flow = await startOrderFlow();
  await fill(flow, { skus, orders });
  const { lines, ...compared } = await compare(flow, { atRest: true });
  expect(lines).toEqual([]);
  expect(compared).toMatchObject({ orders, reservations: orders });
  await stop(flow);
});
