import { status as GrpcStatus } from '@grpc/grpc-js';

interface Wire {
  readonly grpc: GrpcStatus;
  readonly http: number;
  readonly title: string;
}

/** How each kind of error looks on the two wires. The only place that maps one to the other. */
export const WIRE = {
  invalid: { grpc: GrpcStatus.INVALID_ARGUMENT, http: 400, title: 'Invalid request' },
  notFound: { grpc: GrpcStatus.NOT_FOUND, http: 404, title: 'Not found' },
  methodNotAllowed: { grpc: GrpcStatus.UNIMPLEMENTED, http: 405, title: 'Method not allowed' },
  conflict: {
    grpc: GrpcStatus.FAILED_PRECONDITION,
    http: 409,
    title: 'Conflict with the current state',
  },
  alreadyExists: { grpc: GrpcStatus.ALREADY_EXISTS, http: 409, title: 'Already exists' },
  unprocessable: {
    grpc: GrpcStatus.INVALID_ARGUMENT,
    http: 422,
    title: 'Does not go with what was sent before',
  },
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
  tooLate: { grpc: GrpcStatus.DEADLINE_EXCEEDED, http: 504, title: 'Too late' },
  unavailable: { grpc: GrpcStatus.UNAVAILABLE, http: 503, title: 'Temporarily unavailable' },
} as const satisfies Record<string, Wire>;

export type Kind = keyof typeof WIRE;

interface ReasonEntry {
  readonly kind: Kind;
  /** What happened, for the reader of docs/errors.md. */
  readonly meaning: string;
  /** What the caller can do about it. */
  readonly remedy: string;
}

/**
 * Every reason a caller can ever be given, on either wire. A reason is part of the contract: it is
 * never renamed or given another kind. docs/errors.md lists them all, and a test keeps it so.
 */
export const REASONS = {
  INVALID_REQUEST: {
    kind: 'invalid',
    meaning: 'One or more fields are missing, of the wrong type or out of range.',
    remedy: 'Correct each field named under `errors` (REST) or `BadRequest` (gRPC).',
  },
  MALFORMED_JSON: {
    kind: 'invalid',
    meaning: 'The body is not valid JSON, or not a JSON object.',
    remedy: 'Send one JSON object, encoded as UTF-8.',
  },
  ROUTE_NOT_FOUND: {
    kind: 'notFound',
    meaning: 'There is no such path.',
    remedy: 'Look the path up in `/docs`.',
  },
  METHOD_NOT_ALLOWED: {
    kind: 'methodNotAllowed',
    meaning: 'The path exists, but not for this method.',
    remedy: 'Use a method that the `Allow` header names.',
  },
  ORDER_NOT_FOUND: {
    kind: 'notFound',
    meaning: 'There is no order with this id.',
    remedy: 'Use the `id` that `POST /v1/orders` answered.',
  },
  SKU_NOT_FOUND: {
    kind: 'notFound',
    meaning: 'Inventory has no such SKU.',
    remedy: 'Use a `sku` that `GET /v1/stock` lists.',
  },
  ORDER_CANCELLED: {
    kind: 'conflict',
    meaning:
      "The order was cancelled, though not at its customer's request; `cancelReason` says why.",
    remedy: 'Place it again, under a new key.',
  },
  ORDER_STATE_CONFLICT: {
    kind: 'conflict',
    meaning: 'The order is in a state that rules this request out. Nothing was changed.',
    remedy: '`orderStatus` is its state, and `allowed` what it allows.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    kind: 'unprocessable',
    meaning: 'The customer has used this idempotency key before, for another order.',
    remedy: 'Use a new key for a new order; repeat a request unchanged.',
  },
  RESERVATION_NOT_FOUND: {
    kind: 'notFound',
    meaning: 'Nothing was ever recorded for this reservation id.',
    remedy: 'Use the id that the reservation was created with.',
  },
  INSUFFICIENT_STOCK: {
    kind: 'conflict',
    meaning:
      'Less is available than was asked for, or the SKU is unknown; or, at a commit, the held units are missing. Nothing was taken.',
    remedy:
      'Ask for no more than what is available; every short line is named. For missing units wait for a delivery, or release.',
  },
  RESERVATION_MISMATCH: {
    kind: 'alreadyExists',
    meaning: 'The reservation id was used before, for other lines or by another call.',
    remedy: 'Use a new reservation id for a new request; repeat a request unchanged.',
  },
  RESERVATION_ENDED: {
    kind: 'conflict',
    meaning: 'The reservation is in a final state that rules this call out.',
    remedy: 'Read its state with `GetReservation`; start anew under a new reservation id.',
  },
  RESERVATION_ID_TOO_OLD: {
    kind: 'conflict',
    meaning:
      'Nothing is recorded for the reservation id, and it was made so long ago that a release of it may have been forgotten.',
    remedy: 'Use a new reservation id.',
  },
  ADJUSTMENT_MISMATCH: {
    kind: 'alreadyExists',
    meaning: 'The adjustment id was used before, for another adjustment.',
    remedy: 'Use a new adjustment id for a new adjustment; repeat an adjustment unchanged.',
  },
  STOCK_CHANGED: {
    kind: 'conflict',
    meaning: 'Another number of units is on hand than `expected_on_hand`. Nothing was changed.',
    remedy: 'Read the level, and decide again.',
  },
  STOCK_RESERVED: {
    kind: 'conflict',
    meaning: 'Fewer units would be on hand than are reserved. Nothing was changed.',
    remedy: 'Release reservations first, or set `allow_shortfall` if the units are gone.',
  },
  STOCK_OUT_OF_RANGE: {
    kind: 'conflict',
    meaning: 'Less than 0 or more than 1,000,000,000 units would be on hand. Nothing was changed.',
    remedy: 'Adjust by fewer units.',
  },
  WATCH_TOO_SLOW: {
    kind: 'overloaded',
    meaning: 'The watcher reads more slowly than the stock changes.',
    remedy: 'Watch again from the last position that was read; watch fewer SKUs in one call.',
  },
  PAYLOAD_TOO_LARGE: {
    kind: 'tooLarge',
    meaning: 'The body is larger than 100 kB.',
    remedy: 'Send a smaller body: an order has at most 100 items.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    kind: 'unsupportedMedia',
    meaning:
      'The body is not declared as JSON in UTF-8, or is in an encoding that is not supported.',
    remedy: 'Send `Content-Type: application/json`.',
  },
  OVERLOADED: {
    kind: 'overloaded',
    meaning: 'Too many requests wait already. This one was refused before anything was done.',
    remedy: 'Try again after `Retry-After` seconds, with backoff.',
  },
  DEADLINE_PASSED: {
    kind: 'tooLate',
    meaning:
      "The caller's deadline had passed, or the call was cancelled, when its turn came. Nothing was done.",
    remedy: 'Call again, with more time.',
  },
  DATABASE_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'The service cannot reach its database, or got no answer in time.',
    remedy: 'Try again after `Retry-After` seconds. A write may have been done all the same.',
  },
  INVENTORY_UNAVAILABLE: {
    kind: 'unavailable',
    meaning: 'Inventory gives no answer, and Orders does not know what it would say.',
    remedy: 'Try again after `Retry-After` seconds.',
  },
  SHUTTING_DOWN: {
    kind: 'unavailable',
    meaning:
      'This instance is about to end. `/health/ready` and `grpc.health.v1` say so, so that no more is sent to it.',
    remedy: 'Use another instance.',
  },
  INTERNAL: {
    kind: 'internal',
    meaning: 'Something failed that the caller can do nothing about. It has been logged.',
    remedy: 'Report it with its `requestId` (REST) or the time of the call.',
  },
} as const satisfies Record<string, ReasonEntry>;

export type Reason = keyof typeof REASONS;

export const wireOf = (reason: Reason): Wire => WIRE[REASONS[reason].kind];
