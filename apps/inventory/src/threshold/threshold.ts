/** When the stock of a SKU becomes low, and when it is replenished, in available units. */
export interface Threshold {
  /** Low at this many available units, or fewer. */
  readonly lowAt: number;
  /** No longer low at this many available units, or more. Above `lowAt`. */
  readonly replenishedAt: number;
}

/**
 * Returns whether the stock is low. Between the two limits it stays what it was, so that a level which
 * goes up and down there is not reported again and again. A trigger decides the same for each movement.
 */
export const isLow = (
  { lowAt, replenishedAt }: Threshold,
  available: number,
  wasLow: boolean,
): boolean => {
  if (available <= lowAt) return true;
  return available < replenishedAt && wasLow;
};

/** Whether two thresholds are the same. */
export const isSameThreshold = (one: Threshold, other: Threshold): boolean =>
  one.lowAt === other.lowAt && one.replenishedAt === other.replenishedAt;
