import type { LineDto, ReservationStateName, ShortageDto } from '@app/contracts';
import type { ReservationChange } from '../stock/stock';

/** A decision on a basket and what became of it. A tombstone is RELEASED and has no lines. */
export interface Reservation {
  readonly id: string;
  readonly state: ReservationStateName;
  /** One line per SKU, in SKU order. */
  readonly lines: readonly LineDto[];
  /** Every short line, as seen when it was rejected. */
  readonly shortages: readonly ShortageDto[];
  /** When its hold ends, or ended, by itself. Null: it never does. */
  readonly expiresAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Why a call does nothing: there is no such reservation, or its state is final and another. */
export type TransitionError = 'unknown' | 'ended';

type Transitions = Readonly<
  Record<ReservationStateName | 'NONE', ReservationStateName | TransitionError>
>;

/**
 * Where each call by id leads from each state. Creating is not in it: it leads from NONE to HELD or
 * REJECTED, and from any other state nowhere. HELD means held and not due; see `isDue`.
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
  /** Of an unknown id it leaves a tombstone: a create that arrives late finds it. */
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
  /** Applied to what is due only, by whoever meets it first. */
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

/** What happens to the levels of a reservation's lines, in units of a line's quantity. */
export const LEVEL_EFFECTS = {
  hold: { kind: 'HELD', onHand: 0, reserved: 1 },
  take: { kind: 'COMMITTED', onHand: -1, reserved: 0 },
  commit: { kind: 'COMMITTED', onHand: -1, reserved: -1 },
  release: { kind: 'RELEASED', onHand: 0, reserved: -1 },
  expire: { kind: 'EXPIRED', onHand: 0, reserved: -1 },
} as const satisfies Record<string, LevelEffect>;

/** Whether a hold's time has run out. Judged by the database's clock alone. */
export const isDue = ({ state, expiresAt }: Reservation, now: Date): boolean =>
  state === 'HELD' && expiresAt !== null && expiresAt <= now;

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** When a UUIDv7 was made, by its own account. Undefined for any other id, which does not say. */
export const uuidV7Time = (id: string): Date | undefined =>
  UUID_V7.test(id) ? new Date(parseInt(id.slice(0, 8) + id.slice(9, 13), 16)) : undefined;

const bySku = (a: LineDto, b: LineDto): number => (a.sku < b.sku ? -1 : Number(a.sku > b.sku));

/** Lines of one SKU summed, in SKU order: two baskets are the same when these are. */
export const mergeLines = (lines: readonly LineDto[]): LineDto[] => {
  const totals = new Map<string, number>();
  for (const { sku, quantity } of lines) totals.set(sku, (totals.get(sku) ?? 0) + quantity);
  return [...totals].map(([sku, quantity]) => ({ sku, quantity })).sort(bySku);
};

/** Both sides normalised. A tombstone has no lines and is the same as any. */
export const sameLines = (recorded: readonly LineDto[], requested: readonly LineDto[]): boolean =>
  recorded.length === 0 ||
  (recorded.length === requested.length &&
    recorded.every(
      ({ sku, quantity }, index) =>
        sku === requested[index]?.sku && quantity === requested[index].quantity,
    ));
