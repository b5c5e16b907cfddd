import type { Answer } from './lifecycle';
import type { Shortage } from './order';

/** What a call to Inventory came to. Only an `answer` says what became of the reservation. */
export type Reply =
  | { readonly kind: 'answer'; readonly answer: Answer; readonly shortages: readonly Shortage[] }
  /** Inventory did answer, with an error that decides nothing. */
  | { readonly kind: 'refusal'; readonly reason: string }
  /** No answer in time. That is not a no: it may have been decided all the same. */
  | { readonly kind: 'silence'; readonly reason: string }
  /** The call was not made, since Inventory is known to be away. */
  | { readonly kind: 'unasked' };

export const answer = (answer: Answer, shortages: readonly Shortage[] = []): Reply => ({
  kind: 'answer',
  answer,
  shortages,
});

export const UNASKED: Reply = { kind: 'unasked' };
