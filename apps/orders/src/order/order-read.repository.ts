import { Injectable } from '@nestjs/common';
import { cutPage, LIMITS, type Page, type PageRow } from '@app/contracts';
import { type LaneRequest, type PipelinedTransaction, ReadLane } from '@app/postgres';
import type { OrderStatus } from './lifecycle';
import type { Order } from './order';
import {
  ALL,
  byExternalId,
  bySku,
  byStatuses,
  byUpdate,
  byUser,
  type Direction,
  type OrderedList,
  PARKED,
  Parameters,
  type Range,
  type Slice,
  uuid,
} from './order-lists';
import { parseUpdateCursor, rangeOf, updateCursor } from './order-positions';
import { ORDER_COLUMNS, type OrderRecord, toOrder } from './order.repository';

export interface OrderFilter {
  readonly userId?: string;
  readonly externalId?: string;
  /** Only orders in one of these statuses. */
  readonly statuses?: readonly OrderStatus[];
  readonly sku?: string;
  /** Only orders that are parked, or only those that are not. */
  readonly parked?: boolean;
  /** Only orders created at this time or later. */
  readonly createdAfter?: Date;
  /** Only orders created before this time. */
  readonly createdBefore?: Date;
  /** Only orders changed at this time or later, sorted by the time of their last change. */
  readonly updatedSince?: Date;
  /** `desc` by default. */
  readonly direction?: Direction;
  /** Only orders behind this position: `next` of an earlier page. */
  readonly cursor?: string;
  readonly limit: number;
}

/** Orders that one page looks at. Then it ends, with a cursor, whatever it has found. */
const MAX_SCANNED = 2_000;
/** Entries by which the lists of several filters are compared. */
const COMPARED = 200;

/** At most what an order takes in a page: itself, its items, also as they were sent, and its shortages. */
const BYTES = `
  400 + octet_length(to_json(o.user_id)::text) + coalesce(octet_length(to_json(o.note)::text), 0)
      + coalesce(20 + octet_length(to_json(o.external_id)::text), 0)
      + coalesce(20 + octet_length(o.metadata::text), 0)
      + (select count(*) from order_item i where i.order_id = o.id)
        * (96 + case when o.shortages is null then 0 else 150 end
              + case when o.reductions > 0 then 96 else 0 end)`;

/** Returns the lists whose common orders satisfy the filter. */
const listsOf = ({ userId, externalId, statuses, sku, parked }: OrderFilter): OrderedList[] => [
  ...(externalId === undefined ? [] : [byExternalId(externalId)]),
  ...(userId === undefined ? [] : [byUser(userId)]),
  ...(sku === undefined ? [] : [bySku(sku)]),
  ...(statuses === undefined ? [] : [byStatuses(statuses)]),
  ...(parked ? [PARKED] : []),
];

/** The list to read, which part of it, and the other filters. */
interface Scan {
  readonly list: OrderedList;
  readonly others: readonly OrderedList[];
  readonly range: Range;
}

const idOf = (select: string): string => `(select id from (${select}) entry)`;

/** Returns the orders that a page looks at. */
const scannedOf = ({ list }: Scan): number => Math.floor(MAX_SCANNED / list.indexes);

/** Returns SQL of the conditions that no list is made for. */
const conditionsOf = (filter: OrderFilter, parameters: Parameters): string[] => {
  const { createdAfter, createdBefore, parked } = filter;
  const time = (value: Date): string => parameters.add(value.toISOString(), 'timestamptz');
  return [
    ...(createdAfter ? [`o.created_at >= ${time(createdAfter)}`] : []),
    ...(createdBefore ? [`o.created_at < ${time(createdBefore)}`] : []),
    ...(parked === false ? ['o.parked_at is null'] : []),
  ];
};

/** SQL of the position of an order in the list: of its last change, or of its creation. */
const cursorOf = ({ updatedSince }: OrderFilter, updatedAt: string, id: string): string =>
  updatedSince ? updateCursor(updatedAt, id) : `${id}::text`;

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
   * Returns a page of orders, newest first unless the filter says otherwise. UUIDv7 ids sort by creation
   * time, so an id is a position in the list. A page that is not the last may have fewer orders than the
   * limit, even none.
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
    conditions.push(...conditionsOf(filter, parameters));
    const { direction } = scan.range;
    const sorted = (columns: readonly string[], row: string): string =>
      columns.map((column) => `${row}.${column} ${direction}`).join(', ');
    const columns = filter.updatedSince ? ['updated_at', 'id'] : ['id'];
    const rows = await tx.query<PageRow<OrderRecord & { cursor: string }>>(
      `with found as materialized (
         select o.id, o.updated_at, ${BYTES} as bytes
           from (${selectOf(scan, parameters, { skip: 0, take: scannedOf(scan) })}) listed
          cross join lateral (select * from orders o where o.id = listed.id offset 0) o
          where ${conditions.join(' and ') || 'true'}
          order by ${sorted(scan.list.sortedBy, 'listed')} limit ${limit} + 1),
       measured as (
         select id, updated_at, count(*) over () as found, row_number() over earlier as nth,
                sum(bytes) over earlier as bytes
           from found
         window earlier as (order by ${sorted(columns, 'found')} rows unbounded preceding))
       select ${ORDER_COLUMNS}, m.found::int, ${cursorOf(filter, 'm.updated_at', 'm.id')} as cursor
         from measured m
        cross join lateral (select * from orders o where o.id = m.id offset 0) o
        where m.nth = 1
           or m.nth <= ${limit} and m.bytes <= ${parameters.add(LIMITS.maxPageBytes, 'int')}
        order by ${sorted(columns, 'm')}`,
      parameters.values,
    );
    const entries = rows.map(({ cursor, found, ...row }) => ({
      order: toOrder(row),
      cursor,
      found,
    }));
    const { items, next } = cutPage(entries, ({ cursor }) => cursor);
    const orders = items.map(({ order }) => order);
    return { items: orders, next: next ?? (await this.endOf(tx, filter, scan)) };
  }

  /** Returns the position of the last order that a scan looks at, or undefined if the list ends before. */
  private async endOf(
    tx: PipelinedTransaction,
    filter: OrderFilter,
    scan: Scan,
  ): Promise<string | undefined> {
    const parameters = new Parameters();
    const last = selectOf(scan, parameters, { skip: scannedOf(scan) - 1, take: 1 });
    const [row] = await tx.query<{ cursor: string }>(
      `select ${cursorOf(filter, 'listed.key', 'listed.id')} as cursor from (${last}) listed`,
      parameters.values,
    );
    return row?.cursor;
  }

  /**
   * Chooses what to read. Of several lists: the one whose next entries reach furthest, from the first order
   * on that all lists may have in common. Undefined: there is no such order.
   */
  private async choose(tx: PipelinedTransaction, filter: OrderFilter): Promise<Scan | undefined> {
    const lists = listsOf(filter);
    const { updatedSince, cursor } = filter;
    const range = rangeOf(filter);
    if (updatedSince)
      return { list: byUpdate(updatedSince, parseUpdateCursor(cursor)), others: lists, range };
    const [list = ALL] = lists;
    if (lists.length < 2) return { list, others: [], range };
    const isDescending = range.direction === 'desc';
    const parameters = new Parameters();
    const common: Range = { ...range, from: () => 'start.id', includesFrom: true };
    const firsts = lists.map(({ select }) => idOf(select(parameters, range, { skip: 0, take: 1 })));
    const reaches = lists.map(({ select }) =>
      idOf(select(parameters, common, { skip: COMPARED - 1, take: 1 })),
    );
    const names = lists.map((_list, nth) => `first_${nth}`);
    const last = isDescending ? 'least' : 'greatest';
    const [start] = await tx.query<{ id: string | null; reaches: (string | null)[] }>(
      `select start.id, array[${reaches.join(', ')}]::text[] as reaches
         from (select case when num_nulls(${names.join(', ')}) = 0
                           then ${last}(${names.join(', ')}) end as id
                 from (select ${firsts.map((first, nth) => `${first} as ${names[nth]}`).join(', ')}
                        offset 0) first offset 0) start`,
      parameters.values,
    );
    const from = start?.id ?? undefined;
    if (!start || from === undefined) return undefined;
    // A list without that many entries is the shortest: it reaches beyond all orders.
    const beyond = isDescending ? '' : 'z';
    const reached = start.reaches.map((id) => id ?? beyond);
    const furthest = [...reached].sort().at(isDescending ? 0 : -1) ?? beyond;
    const best = lists[reached.indexOf(furthest)] ?? list;
    const others = lists.filter((other) => other !== best);
    return { list: best, others, range: { ...range, from: uuid(from), includesFrom: true } };
  }
}

const selectOf = ({ list, range }: Scan, parameters: Parameters, slice: Slice): string =>
  list.select(parameters, range, slice);
