import type { Client } from 'pg';

/** An order in Orders' database. Its lines are summed by SKU and formatted as text, to be compared. */
export interface OrderRecord {
  readonly id: string;
  readonly status: string;
  readonly cancelReason: string | null;
  readonly isParked: boolean;
  /** What is left of them after reductions. */
  readonly lines: string;
  /** The lines before the last reduction, unless Inventory has recorded it. */
  readonly linesBefore: string | null;
  readonly reductions: number;
  /** The short lines, formatted as text. Empty without any. */
  readonly shortages: string;
  /** Seconds since 1970, by the clock of Orders' database. */
  readonly createdAt: number;
  readonly changedAt: number;
  /** `lastSeq` and `updatedAt` grow with every change of the order. */
  readonly lastSeq: number;
  readonly updatedAt: string;
}

/** A reservation in Inventory's database. A tombstone has no lines. */
export interface ReservationRecord {
  readonly id: string;
  readonly state: string;
  /** Null: the hold does not expire. */
  readonly expiresAt: string | null;
  readonly lines: string;
  readonly shortages: string;
  /** Seconds since 1970, by the clock of Inventory's database. */
  readonly createdAt: number;
  readonly changedAt: number;
  readonly updatedAt: string;
}

/** What both databases have under one id. At least one of them has a record. */
export interface Pair {
  readonly id: string;
  readonly order?: OrderRecord;
  readonly reservation?: ReservationRecord;
}

/** An id as Orders creates them. */
export const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Rows per fetch. It bounds the memory, however many orders there are. */
const PAGE_ROWS = 1_000;

/** SQL of the lines of the order `o` after all reductions up to this number. */
const linesAfter = (reduction: string): string => `
  coalesce((select string_agg(format('%s %s', units, sku), ', ' order by sku collate "C")
              from (select i.sku, coalesce(
                             case when o.reductions > 0 then (
                               select r.quantity from order_reduction r
                                where r.order_id = o.id and r.sku = i.sku and r.number <= ${reduction}
                                order by r.number desc limit 1) end, sum(i.quantity)) as units
                      from order_item i where i.order_id = o.id group by i.sku) line
             where units > 0), '')`;

/** Whether Inventory has not confirmed the last reduction of the order `o`. */
const IS_REDUCTION_OPEN = `
  o.reductions > 0 and (
    select max(seq) filter (where event = 'REDUCING') > max(seq) filter (where event = 'CONFIRMED')
      from order_event e where e.order_id = o.id)`;

/** Times are read as text, since Postgres has microseconds and a Date only milliseconds. */
const ORDERS = `
  select o.id::text, o.status, o.cancel_reason as "cancelReason",
         o.parked_at is not null as "isParked", o.last_seq as "lastSeq",
         o.updated_at::text as "updatedAt",
         extract(epoch from o.created_at)::float8 as "createdAt",
         extract(epoch from o.updated_at)::float8 as "changedAt",
         case when o.shortages is null then '' else
         coalesce((select string_agg(format('%s %s of %s %s', line ->> 'reason', line ->> 'available',
                                            line ->> 'requested', line ->> 'sku'),
                                     ', ' order by line ->> 'sku' collate "C")
                     from jsonb_array_elements(
                       case jsonb_typeof(o.shortages) when 'array' then o.shortages else '[]' end)
                       line), '') end as shortages,
         o.reductions, ${linesAfter('o.reductions')} as lines,
         case when ${IS_REDUCTION_OPEN} then ${linesAfter('o.reductions - 1')} end as "linesBefore"
    from orders o`;

const RESERVATIONS = `
  select r.id, r.state, r.expires_at::text as "expiresAt", r.updated_at::text as "updatedAt",
         extract(epoch from r.created_at)::float8 as "createdAt",
         extract(epoch from r.updated_at)::float8 as "changedAt", l.lines, l.shortages
    from reservation r cross join lateral (
      select coalesce(string_agg(format('%s %s', quantity, sku), ', ' order by sku collate "C"), '')
               as lines,
             coalesce(string_agg(format('%s %s of %s %s', shortage, available, quantity, sku),
                                 ', ' order by sku collate "C")
                        filter (where shortage is not null), '') as shortages
        from reservation_line where reservation_id = r.id) l`;

/**
 * Returns the pruning horizon: tombstones of ids created before it may be deleted. It has the form of
 * the first 12 hexadecimal digits of a UUIDv7, which compare like the times that they encode.
 */
export const readHorizon = async (inventory: Client): Promise<string> => {
  const { rows } = await inventory.query<{ horizon: string }>(
    `select lpad(to_hex(greatest(ceil(extract(epoch from max(forgotten_before)) * 1000), 0)::bigint),
                 12, '0') as horizon from tombstone_horizon`,
  );
  return rows[0]?.horizon ?? '';
};

/**
 * Returns whether a client other than Orders uses UUIDv7 ids: a hold with an expiry, or units that were
 * committed at once. Then rejections and tombstones with such an id may be that client's.
 */
export const readOthersUseUuids = async (inventory: Client): Promise<boolean> => {
  const { rows } = await inventory.query<{ found: boolean }>(
    `select exists (
       select from reservation
        where (expires_at is not null or state = 'COMMITTED' and created_at = updated_at)
          and id ~ '${UUID_V7.source}') as found`,
  );
  return rows[0]?.found ?? true;
};

/**
 * Yields every order and every reservation of two snapshots, paired by id, in id order. UUIDs sort
 * like their text, and Inventory's ids are sorted by code point.
 */
export async function* pairsOf(inventory: Client, orders: Client): AsyncGenerator<Pair> {
  const orderRecords = rowsOf<OrderRecord>(orders, `${ORDERS} order by o.id`);
  const reservationRecords = rowsOf<ReservationRecord>(inventory, `${RESERVATIONS} order by r.id`);
  let [order, reservation] = [await nextOf(orderRecords), await nextOf(reservationRecords)];
  while (order || reservation) {
    const hasOrder = order && (!reservation || order.id <= reservation.id);
    const hasReservation = reservation && (!order || reservation.id <= order.id);
    const pair = {
      ...(hasOrder && { order }),
      ...(hasReservation && { reservation }),
    };
    const id = (hasOrder ? order?.id : reservation?.id) ?? '';
    yield { id, ...pair };
    if (hasOrder) order = await nextOf(orderRecords);
    if (hasReservation) reservation = await nextOf(reservationRecords);
  }
}

/** Returns the current pairs of these ids. It reads Inventory first, then Orders. */
export const readPairs = async (
  inventory: Client,
  orders: Client,
  ids: readonly string[],
): Promise<Pair[]> => {
  const reservations = await inventory.query<ReservationRecord>(
    `${RESERVATIONS} where r.id = any($1)`,
    [ids],
  );
  const uuids = ids.filter((id) => UUID.test(id));
  const found = await orders.query<OrderRecord>(`${ORDERS} where o.id = any($1::uuid[])`, [uuids]);
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
