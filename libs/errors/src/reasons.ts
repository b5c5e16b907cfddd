import { type ReasonEntry, WIRE, type Wire } from './wire';

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
    meaning: 'The body is not valid JSON in UTF-8, or not a JSON object.',
    remedy: 'Correct it at the position in `detail`; send one JSON object, encoded as UTF-8.',
  },
  MALFORMED_REQUEST: {
    kind: 'invalid',
    meaning: 'The bytes are not an HTTP/1.1 request.',
    remedy: 'Correct the part that `detail` names; encode the path and the headers.',
  },
  REQUEST_TIMEOUT: {
    kind: 'requestTimeout',
    meaning: 'The headers did not arrive within 10 s, or the request not within 30 s.',
    remedy: 'Send the request again, in one piece.',
  },
  EXPECTATION_FAILED: {
    kind: 'expectationFailed',
    meaning: 'The `Expect` header has another value than `100-continue`.',
    remedy: 'Send the request without `Expect`.',
  },
  HEADERS_TOO_LARGE: {
    kind: 'headersTooLarge',
    meaning: 'The path and the headers have more than 8 kB together.',
    remedy: 'Send fewer or shorter headers, such as cookies.',
  },
  UNAUTHENTICATED: {
    kind: 'unauthenticated',
    meaning: 'The request has no valid API key or token. `detail` says what is wrong with it.',
    remedy: 'Send `Authorization: Bearer` with a valid API key or a token that has not expired.',
  },
  PERMISSION_DENIED: {
    kind: 'forbidden',
    meaning:
      'The caller lacks the scope that this request needs, or names another customer as `userId`. The request had no effect.',
    remedy: 'Use credentials with one of the scopes in `requiredScopes`.',
  },
  HOST_NOT_SERVED: {
    kind: 'forbidden',
    meaning: 'The `Host` header has a name that is not one of this service.',
    remedy: 'Use a name or an address of the service; the operator adds names to a setting.',
  },
  CROSS_SITE_REQUEST: {
    kind: 'forbidden',
    meaning:
      'A web page of another origin has sent a request that changes something. The request had no effect.',
    remedy: 'Send it from an origin that the operator allows. Other programs leave out `Origin`.',
  },
  RATE_LIMITED: {
    kind: 'tooSoon',
    meaning:
      'The caller has made more reads, writes or streams than it may in 10 s (`RateLimit-Policy` has the limit), or has many streams open while few are left for others, or its network has sent too many wrong credentials. The request had no effect.',
    remedy: 'Retry after `Retry-After` seconds.',
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
    meaning: 'No order has this id, or it belongs to another customer than the caller.',
    remedy: 'Use the `id` that `POST /v1/orders` returned.',
  },
  SKU_NOT_FOUND: {
    kind: 'notFound',
    meaning: 'Inventory does not have this SKU.',
    remedy: 'Use a `sku` that `GET /v1/stock` lists.',
  },
  WEBHOOK_NOT_FOUND: {
    kind: 'notFound',
    meaning: 'No webhook has this id.',
    remedy: 'Use an `id` that `GET /v1/webhooks` lists.',
  },
  DELIVERY_NOT_FOUND: {
    kind: 'notFound',
    meaning: 'The webhook has no delivery with this id, or no longer.',
    remedy: 'Use an `id` that `GET /v1/webhooks/{id}/deliveries` lists.',
  },
  API_KEY_NOT_FOUND: {
    kind: 'notFound',
    meaning: 'No API key has this id.',
    remedy: 'Use an `id` that `GET /v1/api-keys` lists.',
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
  QUANTITY_INCREASED: {
    kind: 'conflict',
    meaning:
      'A request to reduce names more units of a SKU than there are. The request had no effect.',
    remedy: 'Name at most the present units of each SKU; place another order for more.',
  },
  NOTHING_LEFT: {
    kind: 'conflict',
    meaning: 'A request to reduce would leave no unit. The request had no effect.',
    remedy: 'Cancel the order, or release the reservation.',
  },
  REDUCED_TOO_OFTEN: {
    kind: 'conflict',
    meaning: 'The order or reservation was reduced 5 times before. The request had no effect.',
    remedy: 'Keep the present units, or cancel the order and place another one.',
  },
  RETRIED_RECENTLY: {
    kind: 'tooSoon',
    meaning: 'The order was retried less than 5 s ago. The request had no effect.',
    remedy: 'Read the order; retry it again after `Retry-After` seconds.',
  },
  TOO_MANY_WEBHOOKS: {
    kind: 'conflict',
    meaning: 'There are 50 webhooks already. The request had no effect.',
    remedy: 'Delete a webhook that is not needed, or change an existing one.',
  },
  WEBHOOK_DISABLED: {
    kind: 'conflict',
    meaning: 'The webhook is disabled, so nothing is delivered to it. The request had no effect.',
    remedy: 'Enable the webhook first, with `PATCH` and `{"enabled": true}`.',
  },
  DELIVERY_STATE_CONFLICT: {
    kind: 'conflict',
    meaning: 'The status of the delivery does not allow this request. The request had no effect.',
    remedy: 'Read `deliveryStatus`, and choose a request from `allowed`.',
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
      'Fewer units are available than requested, or the SKU is unknown to `ReserveStock`; at a commit, held units are missing. No units were taken.',
    remedy:
      'Request at most the available units; every short line is listed. For missing units wait for a delivery, or release.',
  },
  UNKNOWN_SKU: {
    kind: 'conflict',
    meaning: 'Inventory does not have a SKU of the order, which is CANCELLED. No units were taken.',
    remedy:
      'Correct the SKU under a new key: `shortages` names it, and `detail` has the SKU that differs from it only in case.',
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
  POSITION_EXPIRED: {
    kind: 'gone',
    meaning: 'The events after the position are no longer kept.',
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
  SIGNING_KEYS_UNAVAILABLE: {
    kind: 'unavailable',
    meaning:
      'Orders has not been able to fetch the keys that verify tokens since it started, so it cannot tell whether the token is valid.',
    remedy: 'Retry after `Retry-After` seconds. API keys still work.',
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
  CLIENT_NOT_ALLOWED: {
    kind: 'forbidden',
    meaning: 'The certificate of the gRPC client has no name that may make the call.',
    remedy: 'Call with another certificate, or add a name of it to the setting in `setting`.',
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
