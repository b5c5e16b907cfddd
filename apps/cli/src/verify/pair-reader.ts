import type { Client } from 'pg';

/** What Orders has of an order. Lines are summed by SKU and written out, so that equal means same. */
export interface OrderFacts {
  readonly id: string;
  readonly status: string;
  readonly cancelReason: string | null;
  readonly isParked: boolean;
  readonly lines: string;
  /** Both only ever move on, whatever happens to the order. */
  readonly lastSeq: number;
  readonly updatedAt: string;
}

/** What Inventory has of a reservation. A tombstone has no lines. */
export interface ReservationFacts {
  readonly id: string;
  readonly state: string;
  /** Null: its hold does not end by itself. */
  readonly expiresAt: string | null;
  readonly lines: string;
  readonly updatedAt: string;
}

/** Both databases' account of one id, at least one of which has something. */
export interface Pair {
  readonly id: string;
  readonly order?: OrderFacts;
  readonly reservation?: ReservationFacts;
}

/** Rows that are fetched at a time, which bounds memory, however many there are. */
const PAGE_ROWS = 1_000;

/** Read as text, since a time has more digits than a Date keeps. */
const ORDERS = `
  select o.id::text, o.status, o.cancel_reason as "cancelReason",
         o.parked_at is not null as "isParked", o.last_seq as "lastSeq",
         o.updated_at::text as "updatedAt",
         coalesce((select string_agg(format('%s %s', units, sku), ', ' order by sku)
                     from (select sku, sum(quantity) as units from order_item
                            where order_id = o.id group by sku) line), '') as lines
    from orders o`;

const RESERVATIONS = `
  select r.id, r.state, r.expires_at::text as "expiresAt", r.updated_at::text as "updatedAt",
         coalesce((select string_agg(format('%s %s', quantity, sku), ', ' order by sku)
                     from reservation_line where reservation_id = r.id), '') as lines
    from reservation r`;

/**
 * Before when the ids of reservations were made whose tombstone may have been deleted, as the
 * beginning of a UUIDv7: hexadecimal digits compare as the times do.
 */
export const readHorizon = async (inventory: Client): Promise<string> => {
  const { rows } = await inventory.query<{ horizon: string }>(
    `select lpad(to_hex(greatest(ceil(extract(epoch from max(forgotten_before)) * 1000), 0)::bigint),
                 12, '0') as horizon from tombstone_horizon`,
  );
  return rows[0]?.horizon ?? '';
};

/**
 * Every order and every reservation of two snapshots, paired by their id, in the order of ids. A
 * UUID's order is that of its text, and Inventory's ids are in the order of their characters.
 */
export async function* pairsOf(inventory: Client, orders: Client): AsyncGenerator<Pair> {
  const ofOrders = rowsOf<OrderFacts>(orders, `${ORDERS} order by o.id`);
  const ofInventory = rowsOf<ReservationFacts>(inventory, `${RESERVATIONS} order by r.id`);
  let [order, reservation] = [await nextOf(ofOrders), await nextOf(ofInventory)];
  while (order || reservation) {
    const hasOrder = order && (!reservation || order.id <= reservation.id);
    const hasReservation = reservation && (!order || reservation.id <= order.id);
    const pair = {
      ...(hasOrder && { order }),
      ...(hasReservation && { reservation }),
    };
    const id = (hasOrder ? order?.id : reservation?.id) ?? '';
    yield { id, ...pair };
    if (hasOrder) order = await nextOf(ofOrders);
    if (hasReservation) reservation = await nextOf(ofInventory);
  }
}

/** What the databases have of these ids by now: Inventory's account first, and then Orders'. */
export const readPairs = async (
  inventory: Client,
  orders: Client,
  ids: readonly string[],
): Promise<Pair[]> => {
  const reservations = await inventory.query<ReservationFacts>(
    `${RESERVATIONS} where r.id = any($1)`,
    [ids],
  );
  const uuids = ids.filter((id) => UUID.test(id));
  const found = await orders.query<OrderFacts>(`${ORDERS} where o.id = any($1::uuid[])`, [uuids]);
  const byId = new Map<string, Pair>(ids.map((id) => [id, { id }]));
  for (const reservation of reservations.rows) {
    const { id } = reservation;
    byId.set(id, { id, reservation });
  }
  for (const order of found.rows)
    byId.set(order.id, { ...byId.get(order.id), id: order.id, order });
  return [...byId.values()];
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

async function* rowsOf<Row extends object>(client: Client, sql: string): AsyncGenerator<Row, void> {
  await client.query(`declare pairs no scroll cursor for ${sql}`);
  for (;;) {
    const { rows } = await client.query<Row>(`fetch ${PAGE_ROWS} from pairs`);
    yield* rows;
    if (rows.length < PAGE_ROWS) break;
  }
  await client.query('close pairs');
}

const nextOf = async <Row>(rows: AsyncGenerator<Row, void>): Promise<Row | undefined> => {
  const next = await rows.next();
  return next.done ? undefined : next.value;
};
