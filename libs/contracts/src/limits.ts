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
  /** A page of a list ends early, after at least one entry, if it would be larger. */
  maxPageBytes: 262_144,
  /** Units on hand of one SKU. */
  maxOnHand: 1_000_000_000,
  /** Baskets in one BatchCreateReservations: as many as one transaction decides. */
  maxBatch: 256,
  /** 30 days. */
  maxTtlMs: 2_592_000_000,
  /** Reductions of one reservation. All of its movements, at most 700, then fit in one page. */
  maxReductions: 5,
  maxUserIdLength: 128,
  maxReasonLength: 200,
  maxActorLength: 100,
  /** A name in the certificate of a client. */
  maxClientNameLength: 200,
  /** Bytes of an encoded request. 100 SKUs with 100 positions take about 16 kB. */
  maxRequestBytes: 32_768,
  /** The same for BatchCreateReservations. 256 baskets of 100 lines take at most 1.9 MB. */
  maxBatchBytes: 2_097_152,
  /** Bytes of a compressed request after decompression. 4 kB could become 4 MB. */
  maxExpandedBytes: 262_144,
  /** Encoded fields of a request, over all messages in it. The largest batch has 78,000. */
  maxRequestFields: 100_000,
} as const;

/** The limit of one list of a request. */
export interface ListLimit {
  readonly min: number;
  readonly max: number;
  /** What the entries are called: SKUs. */
  readonly what: string;
}

const lines = (min: number, what: string): ListLimit => ({ min, max: LIMITS.maxLines, what });

/** The lists of all requests, by their full names in the proto. Each list needs a limit. */
export const LIST_LIMITS: Readonly<Record<string, ListLimit>> = {
  'inventory.v1.CreateReservationRequest.lines': lines(1, 'lines'),
  'inventory.v1.BatchCreateReservationsRequest.requests': {
    min: 1,
    max: LIMITS.maxBatch,
    what: 'requests',
  },
  'inventory.v1.ReduceReservationRequest.lines': lines(1, 'lines'),
  'inventory.v1.GetStockRequest.skus': lines(1, 'SKUs'),
  'inventory.v1.WatchStockRequest.skus': lines(1, 'SKUs'),
  'inventory.v1.WatchStockRequest.after': lines(0, 'positions'),
  'inventory.v1.StreamEventsRequest.types': { min: 0, max: 16, what: 'types' },
  'inventory.v1.StreamEventsRequest.skus': lines(0, 'SKUs'),
};

/** Returns the maximum number of bytes of an encoded request, by the path of its method. */
export const maxRequestBytesOf = (path: string): number =>
  path.endsWith('/BatchCreateReservations') ? LIMITS.maxBatchBytes : LIMITS.maxRequestBytes;

/** Returns the maximum number of bytes of a compressed request, after decompression. */
export const maxExpandedBytesOf = (path: string): number =>
  Math.min(maxRequestBytesOf(path), LIMITS.maxExpandedBytes);
