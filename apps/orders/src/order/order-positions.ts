import {
  type Direction,
  NEWEST,
  OLDEST,
  type Range,
  type UpdatePosition,
  uuid,
} from './order-lists';

/**
 * How far the time in an order's id may be from its creation time. The id is made before the order waits
 * for its insert (5 s) and the insert for Postgres (5 s), and by the median of three clocks.
 */
const MAX_DISTANCE_MS = 60_000;
const MAX_ID_TIME_MS = 2 ** 48 - 1;

const CURSOR = /^(\d{1,16})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

/** Returns a UUID of which the first 48 bits are a time, and the others are from `rest`. */
const withTime = (ms: number, rest: string): string => {
  const hex = Math.min(Math.max(ms, 0), MAX_ID_TIME_MS).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}${rest.slice(13)}`;
};

const earliest = (...ids: readonly string[]): string => ids.reduce((a, b) => (a < b ? a : b));
const latest = (...ids: readonly string[]): string => ids.reduce((a, b) => (a > b ? a : b));

interface Window {
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
  readonly updatedSince?: Date;
  readonly direction?: Direction;
  readonly cursor?: string;
}

/**
 * Returns the ids among which all orders of a list are. Their creation times have to be compared as well,
 * because the time in an id is not exact.
 */
export const rangeOf = (filter: Window): Range => {
  const { createdAfter, createdBefore, updatedSince, direction = 'desc' } = filter;
  const cursor = updatedSince ? undefined : filter.cursor?.toLowerCase();
  const oldest = createdAfter ? withTime(createdAfter.getTime() - MAX_DISTANCE_MS, OLDEST) : OLDEST;
  const newest = createdBefore
    ? withTime(createdBefore.getTime() + MAX_DISTANCE_MS, NEWEST)
    : NEWEST;
  return direction === 'desc'
    ? {
        direction,
        from: uuid(earliest(newest, cursor ?? newest)),
        includesFrom: false,
        to: uuid(oldest),
      }
    : {
        direction,
        from: uuid(latest(oldest, cursor ?? oldest)),
        includesFrom: false,
        to: uuid(newest),
      };
};

/** Whether a text is a position in a list by the time of the last change. */
export const isUpdateCursor = (text: string): boolean => CURSOR.test(text);

/** SQL of such a position. */
export const updateCursor = (updatedAt: string, id: string): string =>
  `(extract(epoch from ${updatedAt}) * 1000000)::bigint || '.' || ${id}`;

/** Returns the position that a cursor stands for. Undefined without a cursor. */
export const parseUpdateCursor = (cursor: string | undefined): UpdatePosition | undefined => {
  const [, updatedAtUs, id] = CURSOR.exec(cursor ?? '') ?? [];
  return id === undefined ? undefined : { updatedAtUs: Number(updatedAtUs), id };
};
