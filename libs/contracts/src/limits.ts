/** Limits that Orders and Inventory share. The proto file states them for other clients. */
export const LIMITS = {
  /** Characters that need no escaping and no case folding anywhere. */
  sku: /^[A-Za-z0-9._-]{1,64}$/,
  reservationId: /^[A-Za-z0-9._:-]{1,64}$/,
  adjustmentId: /^[A-Za-z0-9._:-]{1,128}$/,
  /** Units in one line. The sum of 100 such lines fits an int32. */
  maxQuantity: 1_000_000,
  maxLines: 100,
  maxPageSize: 1_000,
  defaultPageSize: 100,
  /** Units on hand of one SKU. */
  maxOnHand: 1_000_000_000,
  /** Baskets in one BatchCreateReservations: as many as one transaction decides. */
  maxBatch: 256,
  /** 30 days. */
  maxTtlMs: 2_592_000_000,
  maxReasonLength: 200,
  maxActorLength: 100,
} as const;
