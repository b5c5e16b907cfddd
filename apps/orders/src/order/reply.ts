import type { ShortageDto } from '@app/contracts';
import type { ReservationOutcome } from './lifecycle';

/** What a call to Inventory came to. Only an `answer` says what became of the reservation. */
export type Reply =
  | {
      readonly kind: 'decided';
      readonly outcome: ReservationOutcome;
      readonly shortages: readonly ShortageDto[];
    }
  /** Inventory did answer, with an error that decides nothing. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** No answer in time. That is not a no: it may have been decided all the same. */
  | { readonly kind: 'noResponse'; readonly reason: string }
  /** The call was not made, since Inventory is known to be away. */
  | { readonly kind: 'skipped' };

export const decided = (
  outcome: ReservationOutcome,
  shortages: readonly ShortageDto[] = [],
): Reply => ({
  kind: 'decided',
  outcome,
  shortages,
});

export const SKIPPED: Reply = { kind: 'skipped' };
