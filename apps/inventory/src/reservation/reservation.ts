import type { LineDto, ReservationStateName, ShortageDto } from '@app/contracts';
import type { ReservationChange } from '../stock/stock';

/** The decision on a basket, and its present state. A tombstone is RELEASED and has no lines. */
export interface Reservation {
  readonly id: string;
  readonly state: ReservationStateName;
  /** One line per SKU, in SKU order. After reductions: what is left. */
  readonly lines: readonly LineDto[];
  /** The lines as they were held at first. Null unless they have been reduced. */
  readonly heldLines: readonly LineDto[] | null;
  /** How often they have been reduced. */
  readonly reductions: number;
  /** Every short line, with the units that were available when the basket was rejected. */
  readonly shortages: readonly ShortageDto[];
  /** When the hold expires, or would have expired. Null: never. */
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Why a call fails: the reservation does not exist, or has ended in another state. */
export type TransitionError = 'unknown' | 'ended';

type Transitions = Readonly<
  Record<ReservationStateName | 'NONE', ReservationStateName | TransitionError>
>;

/**
 * The state that each call by id leads to, from each state. A create is not in the table: it leads
 * from NONE to HELD or REJECTED, and changes no other state. HELD means held and not due (`isDue`).
 */
export const TRANSITIONS = {
  commit: {
    NONE: 'unknown',
    HELD: 'COMMITTED',
    COMMITTED: 'COMMITTED',
    REJECTED: 'ended',
    RELEASED: 'ended',
    EXPIRED: 'ended',
  },
  /** An unknown id gets a tombstone, so that a create that arrives later cannot hold units. */
  release: {
    NONE: 'RELEASED',
    HELD: 'RELEASED',
    COMMITTED: 'ended',
    REJECTED: 'REJECTED',
    RELEASED: 'RELEASED',
    EXPIRED: 'EXPIRED',
  },
  extend: {
    NONE: 'unknown',
    HELD: 'HELD',
    COMMITTED: 'ended',
    REJECTED: 'ended',
    RELEASED: 'ended',
    EXPIRED: 'ended',
  },
  reduce: {
    NONE: 'unknown',
    HELD: 'HELD',
    COMMITTED: 'ended',
    REJECTED: 'ended',
    RELEASED: 'ended',
    EXPIRED: 'ended',
  },
  /** Applied to due holds only, by the first transaction that locks them. */
  expire: {
    NONE: 'unknown',
    HELD: 'EXPIRED',
    COMMITTED: 'COMMITTED',
    REJECTED: 'REJECTED',
    RELEASED: 'RELEASED',
    EXPIRED: 'EXPIRED',
  },
} as const satisfies Record<string, Transitions>;

interface LevelEffect {
  readonly kind: ReservationChange['kind'];
  readonly onHand: number;
  readonly reserved: number;
}

/** The change of on hand and reserved for each unit of a reservation's lines. */
export const LEVEL_EFFECTS = {
  hold: { kind: 'HELD', onHand: 0, reserved: 1 },
  take: { kind: 'COMMITTED', onHand: -1, reserved: 0 },
  commit: { kind: 'COMMITTED', onHand: -1, reserved: -1 },
  release: { kind: 'RELEASED', onHand: 0, reserved: -1 },
  expire: { kind: 'EXPIRED', onHand: 0, reserved: -1 },
} as const satisfies Record<string, LevelEffect>;

/** Returns whether a hold has expired at `now`, which must come from the database's clock. */
export const isDue = ({ state, expiresAt }: Reservation, now: Date): boolean =>
  state === 'HELD' && expiresAt !== null && expiresAt <= now;

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Returns the creation time in a UUIDv7, or undefined for any other id. */
export const uuidV7Time = (id: string): Date | undefined =>
  UUID_V7.test(id) ? new Date(parseInt(id.slice(0, 8) + id.slice(9, 13), 16)) : undefined;

const bySku = (a: LineDto, b: LineDto): number => (a.sku < b.sku ? -1 : Number(a.sku > b.sku));

/** Returns one line per SKU, in SKU order. Baskets with equal merged lines are the same basket. */
export const mergeLines = (lines: readonly LineDto[]): LineDto[] => {
  const totals = new Map<string, number>();
  for (const { sku, quantity } of lines) totals.set(sku, (totals.get(sku) ?? 0) + quantity);
  return [...totals].map(([sku, quantity]) => ({ sku, quantity })).sort(bySku);
};

/** Returns the lines as they were decided, before any reduction. */
export const decidedLines = ({
  heldLines,
  lines,
}: Pick<Reservation, 'heldLines' | 'lines'>): readonly LineDto[] => heldLines ?? lines;

/** Compares merged lines. A tombstone has no lines and matches any basket. */
export const sameLines = (recorded: readonly LineDto[], requested: readonly LineDto[]): boolean =>
  recorded.length === 0 ||
  (recorded.length === requested.length &&
    recorded.every(
      ({ sku, quantity }, index) =>
        sku === requested[index]?.sku && quantity === requested[index].quantity,
    ));
