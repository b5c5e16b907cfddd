import type { OrderStatus } from './lifecycle';

/** The directions of a list: newest first, or oldest first. */
export const DIRECTIONS = ['desc', 'asc'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Earlier and later than every UUIDv7. */
export const OLDEST = '00000000-0000-0000-0000-000000000000';
export const NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The values of a statement that is built. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Returns the SQL of the value. */
  add(value: unknown, type: 'text' | 'text[]' | 'uuid' | 'int' | 'bigint' | 'timestamptz'): string {
    return `$${this.values.push(value)}::${type}`;
  }
}

/** SQL of a value that is added when the SQL is built. */
type SqlValue = (parameters: Parameters) => string;

export const uuid =
  (id: string): SqlValue =>
  (parameters) =>
    parameters.add(id, 'uuid');

/** The part of a list to read: from one order id to another, in the direction of the list. */
export interface Range {
  readonly direction: Direction;
  readonly from: SqlValue;
  /** Whether the order `from` itself belongs to the part. The order `to` does. */
  readonly includesFrom: boolean;
  readonly to: SqlValue;
}

/** Entries of a list: those that follow the first `skip`. */
export interface Slice {
  readonly skip: number;
  readonly take: number;
}

const limitOf = ({ skip, take }: Slice): string => `offset ${skip} limit ${take}`;

/** Comparisons with the two ends of a range. */
const comparisonsOf = ({ direction, includesFrom }: Range) => {
  const [before, after] = direction === 'desc' ? ['<', '>'] : ['>', '<'];
  return { from: includesFrom ? `${before}=` : before, to: `${after}=` };
};

/** The orders that satisfy one filter, as an index has them. */
export interface OrderedList {
  /** Returns SQL for the ids of the orders in a part of the list. */
  readonly select: (parameters: Parameters, range: Range, slice: Slice) => string;
  /** The columns of that SQL by which it is sorted. */
  readonly sortedBy: readonly string[];
  /** Returns SQL that tells whether the order `o` satisfies the filter. */
  readonly contains: SqlValue;
  /** How many indexes the list reads for each of its entries. */
  readonly indexes: number;
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
  contains: SqlValue,
): OrderedList => ({
  select: (parameters, range, slice) => {
    const text = parameters.add(value, 'text');
    const { from, to } = comparisonsOf(range);
    return `${select}
      where ${column} ${to} ${text} and (${column}, ${id}) ${from} (${text}, ${range.from(parameters)})
        and (${column}, ${id}) ${to} (${text}, ${range.to(parameters)})
      order by ${column} ${range.direction}, ${id} ${range.direction} ${limitOf(slice)}`;
  },
  sortedBy: ['key', 'id'],
  contains,
  indexes: 1,
});

export const byUser = (userId: string): OrderedList =>
  byText('select user_id as key, id from orders', ['user_id', 'id'], userId, (parameters) => {
    return `o.user_id = ${parameters.add(userId, 'text')}`;
  });

export const byExternalId = (externalId: string): OrderedList =>
  byText(
    'select external_id as key, id from orders',
    ['external_id', 'id'],
    externalId,
    (parameters) => `o.external_id = ${parameters.add(externalId, 'text')}`,
  );

const byStatus = (status: OrderStatus): OrderedList =>
  byText('select status as key, id from orders', ['status', 'id'], status, (parameters) => {
    return `o.status = ${parameters.add(status, 'text')}`;
  });

/** Merges the lists of the statuses. Reads as many entries of each as it returns. */
export const byStatuses = (statuses: readonly OrderStatus[]): OrderedList => {
  const lists = statuses.map(byStatus);
  const [only, ...others] = lists;
  if (only && others.length === 0) return only;
  return {
    select: (parameters, range, { skip, take }) => {
      const parts = lists.map((list) =>
        list.select(parameters, range, { skip: 0, take: skip + take }),
      );
      return `select id from (${parts.map((part) => `(${part})`).join(' union all ')}) entry
        order by id ${range.direction} ${limitOf({ skip, take })}`;
    },
    sortedBy: ['id'],
    contains: (parameters) => `o.status = any(${parameters.add(statuses, 'text[]')})`,
    indexes: lists.length,
  };
};

/** An order may have several items of the SKU. */
export const bySku = (sku: string): OrderedList =>
  byText(
    'select distinct sku as key, order_id as id from order_item',
    ['sku', 'order_id'],
    sku,
    (parameters) => `(
      select true from order_item i
       where i.order_id = o.id and i.sku = ${parameters.add(sku, 'text')} limit 1)`,
  );

const where = (condition: string): OrderedList => ({
  select: (parameters, range, slice) => {
    const { from, to } = comparisonsOf(range);
    return `select o.id from orders o
      where o.id ${from} ${range.from(parameters)} and o.id ${to} ${range.to(parameters)}
        and ${condition} order by o.id ${range.direction} ${limitOf(slice)}`;
  },
  sortedBy: ['id'],
  contains: () => condition,
  indexes: 1,
});

export const ALL = where('true');
export const PARKED = where('o.parked_at is not null');

/** A position in the list by the time of the last change. */
export interface UpdatePosition {
  /** In µs since 1970: as exact as Postgres. */
  readonly updatedAtUs: number;
  readonly id: string;
}

const timeOf = (parameters: Parameters, us: number): string =>
  `timestamptz 'epoch' + ${parameters.add(us, 'bigint')} * interval '1 microsecond'`;

/** The orders that were changed at a time or later, sorted by the time of their last change. */
export const byUpdate = (since: Date, position: UpdatePosition | undefined): OrderedList => ({
  select: (parameters, { direction }, slice) => {
    const conditions = [`updated_at >= ${parameters.add(since.toISOString(), 'timestamptz')}`];
    if (position) {
      const time = timeOf(parameters, position.updatedAtUs);
      const start = `(${time}, ${parameters.add(position.id, 'uuid')})`;
      conditions.push(`(updated_at, id) ${direction === 'desc' ? '<' : '>'} ${start}`);
    }
    return `select updated_at as key, id from orders where ${conditions.join(' and ')}
      order by updated_at ${direction}, id ${direction} ${limitOf(slice)}`;
  },
  sortedBy: ['key', 'id'],
  contains: (parameters) => `o.updated_at >= ${parameters.add(since.toISOString(), 'timestamptz')}`,
  indexes: 1,
});
