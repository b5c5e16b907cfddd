import type { ShortageDto } from '@app/contracts';
import type { ReservationOutcome } from './lifecycle';

/** The result of a call to Inventory. Only `decided` says anything about the reservation. */
export type Reply =
  | {
      readonly kind: 'decided';
      readonly outcome: ReservationOutcome;
      readonly shortages: readonly ShortageDto[];
    }
  /** Inventory returned an error that decides nothing. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** No response in time. Inventory may have decided all the same. */
  | { readonly kind: 'noResponse'; readonly reason: string }
  /** The call was not made, because Inventory is unavailable or no time is left. Writes no event. */
  | { readonly kind: 'skipped' };

/** Returns the reply for an outcome. */
export const decided = (
  outcome: ReservationOutcome,
  shortages: readonly ShortageDto[] = [],
): Reply => ({
  kind: 'decided',
  outcome,
  shortages,
});

export const SKIPPED: Reply = { kind: 'skipped' };
