import { type Client } from 'pg';
import { inventoryChecks } from '../../tools/verify/inventory-checks';
import { firstDifferences, withSnapshot } from '../../tools/verify/snapshot';
import { type FinalOrder, judgeFinalOrder, judgeMissingOrders } from './final-orders';
import { type Line, linesInWords } from './placement';
import type { ClientRecord } from './record';
import type { ViolationKind, Violations } from './violations';

const PAGE_ROWS = 5_000;
const MAX_DIFFERENCES = 100;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface Databases {
  readonly ordersUrl: string;
  readonly inventoryUrl: string;
}

/** Everything that is checked once nothing moves any more. */
export const verifyAll = async (record: ClientRecord, databases: Databases): Promise<void> => {
  await verifyInventory(databases.inventoryUrl, record.violations);
  await withSnapshot(databases.ordersUrl, async (orders) => {
    for await (const page of pagesOf<FinalOrder>(orders, FINAL_ORDERS)) {
      for (const order of page) judgeFinalOrder(record, order);
    }
  });
  judgeMissingOrders(record);
  await crossCheck(databases, (kind, id, words) => {
    const placement = record.placements.find(({ orderId }) => orderId === id);
    record.violations.add(kind, placement ? words : `order ${id}: ${words}`, placement);
  });
};

type Report = (kind: ViolationKind, orderId: string, words: string) => void;

const verifyInventory = async (url: string, violations: Violations): Promise<void> => {
  const differences = await withSnapshot(url, (client) =>
    firstDifferences(client, inventoryChecks, MAX_DIFFERENCES),
  );
  for (const line of differences) {
    violations.add(line.startsWith('oversold') ? 'oversold' : 'other', `verify: ${line}`);
  }
};

/** Orders against reservations: what each status of an order says of what is held for it. */
export const crossCheck = async (
  { ordersUrl, inventoryUrl }: Databases,
  differs: Report,
): Promise<void> => {
  await withSnapshot(ordersUrl, (orders) =>
    withSnapshot(inventoryUrl, async (inventory) => {
      for await (const page of pagesOf<Order>(orders, ORDERS)) {
        const reservations = await reservationsOf(inventory, page);
        for (const order of page) compare(order, reservations.get(order.id), differs);
      }
      for await (const page of pagesOf<Reservation>(inventory, RESERVATIONS)) {
        const ids = page.map(({ id }) => id);
        const { rows } = await orders.query<{ id: string }>(
          'select id from orders where id = any($1::uuid[])',
          [ids.filter((id) => UUID.test(id))],
        );
        const known = new Set(rows.map(({ id }) => id));
        const strangers = ids.filter((id) => !known.has(id));
        for (const id of strangers) differs('leaked', id, 'units are taken, and there is no order');
      }
    }),
  );
};

interface Order {
  readonly id: string;
  readonly status: string;
  readonly lines: readonly Line[];
}

interface Reservation {
  readonly id: string;
  readonly state: string;
  readonly lines: readonly Line[];
}

const LINES = (table: string, id: string): string =>
  `(select coalesce(json_agg(json_build_object('sku', sku, 'quantity', quantity)), '[]')
      from ${table} where ${id} = row.id) as lines`;

const ORDERS = `select id, status, ${LINES('order_item', 'order_id')} from orders row`;

const FINAL_ORDERS = `
  select id, user_id as "userId", note, idempotency_key as key, status,
         cancel_reason as "cancelReason", parked_at is not null as "isParked",
         ${LINES('order_item', 'order_id')}
    from orders row`;

const RESERVATIONS = `select id, state from reservation row where state in ('HELD', 'COMMITTED')`;

async function* pagesOf<Row extends object>(client: Client, sql: string): AsyncGenerator<Row[]> {
  await client.query(`declare rows no scroll cursor for ${sql}`);
  for (;;) {
    const { rows } = await client.query<Row>(`fetch ${PAGE_ROWS} from rows`);
    if (rows.length > 0) yield rows;
    if (rows.length < PAGE_ROWS) break;
  }
  await client.query('close rows');
}

const reservationsOf = async (
  inventory: Client,
  orders: readonly Order[],
): Promise<ReadonlyMap<string, Reservation>> => {
  const { rows } = await inventory.query<Reservation>(
    `select id, state, ${LINES('reservation_line', 'reservation_id')}
       from reservation row where id = any($1)`,
    [orders.map(({ id }) => id)],
  );
  return new Map(rows.map((reservation) => [reservation.id, reservation]));
};

/** Which state of its reservation an order needs; of the others, which it must not have. */
const NEEDS: Readonly<Record<string, string>> = { CONFIRMED: 'HELD', FULFILLED: 'COMMITTED' };

const compare = (
  { id, status, lines }: Order,
  reservation: Reservation | undefined,
  differs: Report,
): void => {
  const state = reservation?.state ?? 'NONE';
  const isTaken = state === 'HELD' || state === 'COMMITTED';
  const needed = NEEDS[status];
  const words = `it is ${status}, and its reservation ${state}`;
  if (needed === undefined && isTaken) differs('leaked', id, words);
  else if (needed !== undefined && state !== needed) {
    differs(isTaken ? 'other' : 'oversold', id, words);
  }
  if (!isTaken || !reservation) return;
  const [ordered, reserved] = [linesInWords(lines), linesInWords(reservation.lines)];
  if (ordered !== reserved) differs('other', id, `it is for ${ordered}, and holds ${reserved}`);
};
