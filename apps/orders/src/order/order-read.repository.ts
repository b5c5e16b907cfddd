import { Injectable } from '@nestjs/common';
import { cutPage, LIMITS, type Page, type PageRow } from '@app/contracts';
import { type LaneRequest, type PipelinedTransaction, ReadLane } from '@app/postgres';
import type { OrderStatus } from './lifecycle';
import type { Order } from './order';
import { ORDER_COLUMNS, type OrderRecord, toOrder } from './order.repository';

export interface OrderFilter {
  readonly userId?: string;
  readonly status?: OrderStatus;
  readonly sku?: string;
  /** Only orders that are parked, or only those that are not. */
  readonly parked?: boolean;
  /** Only orders older than the one with this id. */
  readonly before?: string;
  readonly limit: number;
}

/** Orders that one page looks at. Then it ends, with a cursor, whatever it has found. */
const MAX_SCANNED = 2_000;
/** Entries by which the lists of several filters are compared. */
const COMPARED = 200;
/** Later than every UUIDv7. */
const NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** At most what an order takes in a page: itself, each of its items, and each of its shortages. */
const BYTES = `
  400 + octet_length(to_json(o.user_id)::text) + coalesce(octet_length(to_json(o.note)::text), 0)
      + (select count(*) from order_item i where i.order_id = o.id)
        * case when o.shortages is null then 96 else 96 + 150 end`;

/** The values of a statement that is built. */
class Parameters {
  readonly values: unknown[] = [];

  /** Returns the SQL of the value. */
  add(value: unknown, type: 'text' | 'uuid' | 'int'): string {
    return `$${this.values.push(value)}::${type}`;
  }
}

/** Where a scan begins: before an order, or with it. */
interface Start {
  readonly comparison: '<' | '<=';
  /** SQL of the order's id. */
  readonly id: string;
}

/** The orders that satisfy one filter, newest first, as an index has them. */
interface OrderedList {
  /** Returns SQL for the ids of the orders from a start. */
  readonly select: (parameters: Parameters, start: Start, limit: string) => string;
  /** The order of that SQL, named `listed`. */
  readonly order: string;
  /** Returns SQL that tells whether the order `o` satisfies the filter. */
  readonly contains: (parameters: Parameters) => string;
}

/**
 * A list in an index of a text and the order's id. The comparison of rows and the order by both columns
 * leave Postgres no other index. By its statistics it would read all orders, newest first, for a value
 * that is frequent; and if the value was frequent only in the past, none of the newest million has it.
 */
const byText = (
  select: string,
  [column, id]: readonly [text: string, id: string],
  value: string,
  contains: (parameters: Parameters) => string,
): OrderedList => ({
  select: (parameters, start, limit) => {
    const text = parameters.add(value, 'text');
    return `${select}
      where ${column} >= ${text} and (${column}, ${id}) ${start.comparison} (${text}, ${start.id})
      order by ${column} desc, ${id} desc ${limit}`;
  },
  order: 'listed.key desc, listed.id desc',
  contains,
});

const byUser = (userId: string): OrderedList =>
  byText('select user_id as key, id from orders', ['user_id', 'id'], userId, (parameters) => {
    return `o.user_id = ${parameters.add(userId, 'text')}`;
  });

const byStatus = (status: string): OrderedList =>
  byText('select status as key, id from orders', ['status', 'id'], status, (parameters) => {
    return `o.status = ${parameters.add(status, 'text')}`;
  });

/** An order may have several items of the SKU. */
const bySku = (sku: string): OrderedList =>
  byText(
    'select distinct sku as key, order_id as id from order_item',
    ['sku', 'order_id'],
    sku,
    (parameters) => `(
      select true from order_item i
       where i.order_id = o.id and i.sku = ${parameters.add(sku, 'text')} limit 1)`,
  );

const where = (condition: string): OrderedList => ({
  select: (_parameters, { comparison, id }, limit) => `
    select o.id from orders o
     where o.id ${comparison} ${id} and ${condition} order by o.id desc ${limit}`,
  order: 'listed.id desc',
  contains: () => condition,
});

const ALL = where('true');
const PARKED = where('o.parked_at is not null');

/** Returns the lists whose common orders satisfy the filter. */
const listsOf = ({ userId, status, sku, parked }: OrderFilter): OrderedList[] => [
  ...(userId === undefined ? [] : [byUser(userId)]),
  ...(sku === undefined ? [] : [bySku(sku)]),
  ...(status === undefined ? [] : [byStatus(status)]),
  ...(parked ? [PARKED] : []),
];

/** The list to read, the other filters, and the order to begin with. */
interface Scan {
  readonly list: OrderedList;
  readonly others: readonly OrderedList[];
  readonly comparison: Start['comparison'];
  readonly from: string;
}

const idOf = (select: string): string => `(select id from (${select}) entry)`;

/**
 * SQL of the reads of clients. The cost of a page is bounded, however many orders there are and however
 * they are distributed: it ends early if it has looked at many orders, or would be large.
 */
@Injectable()
export class OrderReadRepository {
  constructor(private readonly reads: ReadLane) {}

  /** Returns the order, or undefined if there is none with this id. */
  async find(id: string, request: LaneRequest): Promise<Order | undefined> {
    const [row] = await this.reads.query<OrderRecord>(
      `select ${ORDER_COLUMNS} from orders o where o.id = $1`,
      [id],
      { ...request, isShort: true },
    );
    return row && toOrder(row);
  }

  /**
   * Returns a page of orders, newest first. UUIDv7 ids sort by creation time, so an id is a position in
   * the list. A page that is not the last may have fewer orders than the limit, even none.
   */
  async page(filter: OrderFilter, request: LaneRequest): Promise<Page<Order>> {
    return this.reads.inIndexOrder(async (tx) => {
      const scan = await this.choose(tx, filter);
      return scan ? this.readPage(tx, filter, scan) : { items: [], next: undefined };
    }, request);
  }

  private async readPage(
    tx: PipelinedTransaction,
    filter: OrderFilter,
    scan: Scan,
  ): Promise<Page<Order>> {
    const parameters = new Parameters();
    const limit = parameters.add(filter.limit, 'int');
    const conditions = scan.others.map(({ contains }) => contains(parameters));
    if (filter.parked === false) conditions.push('o.parked_at is null');
    const rows = await tx.query<PageRow<OrderRecord>>(
      `with found as materialized (
         select o.id, ${BYTES} as bytes
           from (${selectOf(scan, parameters, `limit ${MAX_SCANNED}`)}) listed
          cross join lateral (select * from orders o where o.id = listed.id offset 0) o
          where ${conditions.join(' and ') || 'true'}
          order by ${scan.list.order} limit ${limit} + 1),
       measured as (
         select id, count(*) over () as found, row_number() over newer as nth,
                sum(bytes) over newer as bytes
           from found window newer as (order by id desc rows unbounded preceding))
       select ${ORDER_COLUMNS}, m.found::int
         from measured m
        cross join lateral (select * from orders o where o.id = m.id offset 0) o
        where m.nth = 1
           or m.nth <= ${limit} and m.bytes <= ${parameters.add(LIMITS.maxPageBytes, 'int')}
        order by m.id desc`,
      parameters.values,
    );
    const { items, next } = cutPage(rows, ({ id }) => id);
    return { items: items.map(toOrder), next: next ?? (await this.endOf(tx, scan)) };
  }

  /** Returns the last order that a scan looks at, or undefined if the list ends before. */
  private async endOf(tx: PipelinedTransaction, scan: Scan): Promise<string | undefined> {
    const parameters = new Parameters();
    const [last] = await tx.query<{ id: string }>(
      selectOf(scan, parameters, `offset ${MAX_SCANNED - 1} limit 1`),
      parameters.values,
    );
    return last?.id;
  }

  /**
   * Chooses what to read. Of several lists: the one whose next entries reach furthest into the past, from
   * the first order on that all lists may have in common. Undefined: there is no such order.
   */
  private async choose(tx: PipelinedTransaction, filter: OrderFilter): Promise<Scan | undefined> {
    const before = filter.before ?? NEWEST;
    const lists = listsOf(filter);
    const [list = ALL] = lists;
    if (lists.length < 2) return { list, others: [], comparison: '<', from: before };
    const parameters = new Parameters();
    const cursor: Start = { comparison: '<', id: parameters.add(before, 'uuid') };
    const common: Start = { comparison: '<=', id: 'start.id' };
    const depth = `offset ${COMPARED - 1} limit 1`;
    const firsts = lists.map(({ select }) => idOf(select(parameters, cursor, 'limit 1')));
    const reaches = lists.map(({ select }) => idOf(select(parameters, common, depth)));
    const names = lists.map((_list, nth) => `first_${nth}`);
    const [start] = await tx.query<{ id: string | null; reaches: (string | null)[] }>(
      `select start.id, array[${reaches.join(', ')}]::text[] as reaches
         from (select case when num_nulls(${names.join(', ')}) = 0
                           then least(${names.join(', ')}) end as id
                 from (select ${firsts.map((first, nth) => `${first} as ${names[nth]}`).join(', ')}
                        offset 0) first offset 0) start`,
      parameters.values,
    );
    const from = start?.id ?? undefined;
    if (!start || from === undefined) return undefined;
    // A list without that many entries is the shortest: it reaches the oldest order.
    const reached = start.reaches.map((id) => id ?? '');
    const furthest = [...reached].sort()[0] ?? '';
    const best = lists[reached.indexOf(furthest)] ?? list;
    const others = lists.filter((other) => other !== best);
    return { list: best, others, comparison: '<=', from };
  }
}

const selectOf = (
  { list, comparison, from }: Scan,
  parameters: Parameters,
  limit: string,
): string => list.select(parameters, { comparison, id: parameters.add(from, 'uuid') }, limit);
