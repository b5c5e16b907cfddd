import { status as GrpcStatus } from '@grpc/grpc-js';

interface Wire {
  readonly grpc: GrpcStatus;
  readonly http: number;
  readonly title: string;
}

/** Maps each kind of error to its gRPC status, HTTP status and title. The only such table. */
export const WIRE = {
  invalid: { grpc: GrpcStatus.INVALID_ARGUMENT, http: 400, title: 'Invalid request' },
  notFound: { grpc: GrpcStatus.NOT_FOUND, http: 404, title: 'Not found' },
  methodNotAllowed: { grpc: GrpcStatus.UNIMPLEMENTED, http: 405, title: 'Method not allowed' },
  preconditionFailed: {
    grpc: GrpcStatus.FAILED_PRECONDITION,
    http: 412,
    title: 'Precondition failed',
  },
  rangeNotSatisfiable: { grpc: GrpcStatus.OUT_OF_RANGE, http: 416, title: 'Range not satisfiable' },
  conflict: {
    grpc: GrpcStatus.FAILED_PRECONDITION,
    http: 409,
    title: 'Conflict with the current state',
  },
  alreadyExists: { grpc: GrpcStatus.ALREADY_EXISTS, http: 409, title: 'Already exists' },
  unprocessable: {
    grpc: GrpcStatus.INVALID_ARGUMENT,
    http: 422,
    title: 'Conflict with an earlier request',
  },
  tooSoon: { grpc: GrpcStatus.RESOURCE_EXHAUSTED, http: 429, title: 'Too many requests' },
  tooLarge: { grpc: GrpcStatus.RESOURCE_EXHAUSTED, http: 413, title: 'Request too large' },
  unsupportedMedia: {
    grpc: GrpcStatus.INVALID_ARGUMENT,
    http: 415,
    title: 'Unsupported media type',
  },
  internal: { grpc: GrpcStatus.INTERNAL, http: 500, title: 'Internal error' },
  overloaded: {
    grpc: GrpcStatus.RESOURCE_EXHAUSTED,
    http: 503,
    title: 'Too busy, try again later',
  },
  deadlineExceeded: { grpc: GrpcStatus.DEADLINE_EXCEEDED, http: 504, title: 'Deadline exceeded' },
  unavailable: { grpc: GrpcStatus.UNAVAILABLE, http: 503, title: 'Temporarily unavailable' },
} as const satisfies Record<string, Wire>;

export type Kind = keyof typeof WIRE;

interface ReasonEntry {
  readonly kind: Kind;
  /** The cause, as docs/errors.md and the OpenAPI document state it. */
  readonly meaning: string;
  /** What the caller does about it. */
  readonly remedy: string;
}

/**
 * Every reason that a caller can get, over REST or gRPC. A reason is part of the contract: it is never
 * renamed and never changes its kind. docs/errors.md lists them all; a test compares it with this table.
 */
export const REASONS = {
  INVALID_REQUEST: {
    kind: 'invalid',
    meaning: 'At least one field is missing, of the wrong type or out of range.',
    remedy: 'Correct each field named under `errors` (REST) or `BadRequest` (gRPC).',
  },
  MALFORMED_JSON: {
    kind: 'invalid',
    meaning: 'The body is not valid JSON, or not a JSON object.',
    remedy: 'Send one JSON object, encoded as UTF-8.',
  },
  ROUTE_NOT_FOUND: {
    kind: 'notFound',
    meaning: 'The path does not exist.',
    remedy: 'Find the path in `/docs`.',
  },
  METHOD_NOT_ALLOWED: {
    kind: 'methodNotAllowed',
    meaning: 'The path does not support this method.',
    remedy: 'Use a method from the `Allow` header.',
  },
  PRECONDITION_FAILED: {
    kind: 'preconditionFailed',
    meaning: 'The file does not meet `If-Match` or `If-Unmodified-Since`.',
    remedy: 'Request it without the condition.',
  },
  RANGE_NOT_SATISFIABLE: {
    kind: 'rangeNotSatisfiable',
    meaning: 'The file ends before the requested `Range`; `Content-Range` has its length.',
    remedy: 'Request a range within the file, or all of it.',
  },
  ORDER_NOT_FOUND: {
    kind: 'notFound',
    meaning: 'No order has this id.',
    remedy: 'Use the `id` that `POST /v1/orders` returned.',
  },
  SKU_NOT_FOUND: {
    kind: 'notFound',
    meaning: 'Inventory does not have this SKU.',
    remedy: 'Use a `sku` that `GET /v1/stock` lists.',
  },
  ORDER_CANCELLED: {
    kind: 'conflict',
    meaning:
      "The order was cancelled, but not at the customer's request; `cancelReason` has the cause.",
    remedy: 'Place it again under a new key.',
  },
  ORDER_STATE_CONFLICT: {
    kind: 'conflict',
    meaning: 'The status of the order does not allow this request. The request had no effect.',
    remedy: 'Read `orderStatus`, and choose a request from `allowed`.',
  },
  RETRIED_RECENTLY: {
    kind: 'tooSoon',
    meaning: 'The order was retried less than 5 s ago. The request had no effect.',
    remedy: 'Read the order; retry it again after `Retry-After` seconds.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    kind: 'unprocessable',
    meaning: 'The customer has used this idempotency key for another order.',
    remedy: 'Use a new key for a new order; retry a request unchanged.',
  },
  RESERVATION_NOT_FOUND: {
    kind: 'notFound',
    meaning: 'Nothing is recorded for this reservation id.',
    remedy: 'Use the id that the reservation was created with.',
  },
  INSUFFICIENT_STOCK: {
    kind: 'conflict',
    meaning:
      'Fewer units are available than requested, or the SKU is unknown; at a commit, held units are missing. No units were taken.',
    remedy:
      'Request at most the available units; every short line is listed. For missing units wait for a delivery, or release.',
  },
  RESERVATION_MISMATCH: {
    kind: 'alreadyExists',
    meaning: 'The reservation id was used for other lines or by another call.',
    remedy: 'Use a new reservation id for a new request; retry a request unchanged.',
  },
  RESERVATION_ENDED: {
    kind: 'conflict',
    meaning: 'The reservation is in a final state that does not allow this call.',
    remedy: 'Read its state with `GetReservation`; start again with a new reservation id.',
  },
  RESERVATION_ID_TOO_OLD: {
    kind: 'conflict',
    meaning:
      'Nothing is recorded for the reservation id, and the id is older than the retention of tombstones: its release may have been pruned.',
    remedy: 'Use a new reservation id.',
  },
  ADJUSTMENT_MISMATCH: {
    kind: 'alreadyExists',
    meaning: 'The adjustment id was used for another adjustment.',
    remedy: 'Use a new adjustment id for a new adjustment; retry an adjustment unchanged.',
  },
  STOCK_CHANGED: {
    kind: 'conflict',
    meaning:
      'The number of units on hand differs from `expected_on_hand`. The request had no effect.',
    remedy: 'Read the level and decide again.',
  },
  STOCK_RESERVED: {
    kind: 'conflict',
    meaning: 'Fewer units would be on hand than are reserved. The request had no effect.',
    remedy: 'Release reservations first, or set `allow_shortfall` if the units are missing.',
  },
  STOCK_OUT_OF_RANGE: {
    kind: 'conflict',
    meaning:
      'Less than 0 or more than 1,000,000,000 units would be on hand. The request had no effect.',
    remedy: 'Adjust by fewer units.',
  },
  HISTORY_CHANGED: {
    kind: 'conflict',
    meaning:
      'The position is not in the history of this database: a failover or a restored backup has lost its latest changes, or the position is from another database.',
    remedy: 'Read the present state again, and follow it without a position.',
  },
  WATCH_TOO_SLOW: {
    kind: 'overloaded',
    meaning: 'The client reads more slowly than the stock changes.',
    remedy: 'Resume from the last position that was read; watch fewer SKUs in one call.',
  },
  PAYLOAD_TOO_LARGE: {
    kind: 'tooLarge',
    meaning: 'The body is larger than 100 kB.',
    remedy: 'Send a smaller body: an order has at most 100 items.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    kind: 'unsupportedMedia',
    meaning: 'The body is not declared as JSON in UTF-8, or has an unsupported encoding.',
    remedy: 'Send `Content-Type: application/json`.',
  },
  OVERLOADED: {
    kind: 'overloaded',
    meaning: 'Too many requests are queued. The request had no effect.',
    remedy: 'Retry after `Retry-After` seconds, with backoff.',
  },
  DEADLINE_PASSED: {
    kind: 'deadlineExceeded',
    meaning:
      'The deadline had passed or the call was cancelled before its turn. The call had no effect.',
    remedy: 'Call again with a later deadline.',
  },
  DATABASE_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'The service cannot reach its database, or the database did not respond in time.',
    remedy: 'Retry after `Retry-After` seconds. A write may have succeeded.',
  },
  INVENTORY_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'Inventory does not respond, and Orders has no earlier response for this request.',
    remedy: 'Retry after `Retry-After` seconds.',
  },
  SHUTTING_DOWN: {
    kind: 'unavailable',
    meaning:
      'This instance is shutting down. `/health/ready` and `grpc.health.v1` report it, so that load balancers stop sending requests.',
    remedy: 'Use another instance.',
  },
  CONNECTION_EXPIRED: {
    kind: 'unavailable',
    meaning: 'The connection has reached its maximum age, and the stream has to move to a new one.',
    remedy: 'Resume at once; gRPC clients connect again by themselves.',
  },
  INTERNAL: {
    kind: 'internal',
    meaning: 'An unexpected error occurred. It has been logged.',
    remedy: 'Report it with its `requestId` (REST) or the time of the call (gRPC).',
  },
} as const satisfies Record<string, ReasonEntry>;

export type Reason = keyof typeof REASONS;

/** Returns the gRPC status, HTTP status and title of a reason. */
export const wireOf = (reason: Reason): Wire => WIRE[REASONS[reason].kind];
