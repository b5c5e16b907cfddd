import type { LineDto, ReservationStateName } from '@app/contracts';
import type {
  CommandOutcome,
  ReservationCommand,
} from '../../apps/inventory/src/reservation/decide';
import type { Reservation } from '../../apps/inventory/src/reservation/reservation';
import type { LockedState } from '../../apps/inventory/src/reservation/unit-of-work';

export const now = new Date('2026-01-01T00:00:00Z');
export const past = new Date(now.getTime() - 1);
export const lines = [{ sku: 'burger', quantity: 2 }];
export const otherLines = [{ sku: 'burger', quantity: 3 }];

/** DUE: HELD, but expired. It is not a recorded state, and every call must detect it. */
export type Start = ReservationStateName | 'NONE' | 'DUE';

export const reservation = (start: Exclude<Start, 'NONE'>): Reservation => ({
  id: 'r',
  state: start === 'DUE' ? 'HELD' : start,
  lines,
  heldLines: null,
  reductions: 0,
  shortages: [],
  expiresAt: start === 'DUE' ? now : null,
  createdAt: past,
  updatedAt: past,
});

export const stateWith = (start: Start): LockedState => ({
  levels: new Map([
    [
      'burger',
      {
        sku: 'burger',
        onHand: 5,
        reserved: start === 'HELD' || start === 'DUE' ? 2 : 0,
        shortfall: 0,
        lastSeq: 1,
        updatedAt: past,
      },
    ],
  ]),
  reservations: new Map(start === 'NONE' ? [] : [['r', reservation(start)]]),
  now,
  forgottenBefore: new Date(0),
});

export const stateOf = (outcome: CommandOutcome | undefined): string | undefined =>
  outcome && 'reservation' in outcome ? outcome.reservation.state : undefined;

export const hold = (
  requested: readonly LineDto[] = lines,
  ttlMs: number | null = null,
): ReservationCommand => ({
  kind: 'hold',
  id: 'r',
  lines: requested,
  ttlMs,
});
export const take = (requested: readonly LineDto[] = lines): ReservationCommand => ({
  kind: 'take',
  id: 'r',
  lines: requested,
  hasGeneratedId: false,
});
