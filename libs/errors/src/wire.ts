import { status as GrpcStatus } from '@grpc/grpc-js';

/** How a kind of error looks to callers. */
export interface Wire {
  readonly grpc: GrpcStatus;
  readonly http: number;
  readonly title: string;
}

/** Maps each kind of error to its gRPC status, HTTP status and title. The only such table. */
export const WIRE = {
  invalid: { grpc: GrpcStatus.INVALID_ARGUMENT, http: 400, title: 'Invalid request' },
  unauthenticated: { grpc: GrpcStatus.UNAUTHENTICATED, http: 401, title: 'Unauthenticated' },
  forbidden: { grpc: GrpcStatus.PERMISSION_DENIED, http: 403, title: 'Forbidden' },
  notFound: { grpc: GrpcStatus.NOT_FOUND, http: 404, title: 'Not found' },
  methodNotAllowed: { grpc: GrpcStatus.UNIMPLEMENTED, http: 405, title: 'Method not allowed' },
  requestTimeout: { grpc: GrpcStatus.DEADLINE_EXCEEDED, http: 408, title: 'Request timeout' },
  gone: { grpc: GrpcStatus.OUT_OF_RANGE, http: 410, title: 'No longer available' },
  preconditionFailed: {
    grpc: GrpcStatus.FAILED_PRECONDITION,
    http: 412,
    title: 'Precondition failed',
  },
  rangeNotSatisfiable: { grpc: GrpcStatus.OUT_OF_RANGE, http: 416, title: 'Range not satisfiable' },
  expectationFailed: {
    grpc: GrpcStatus.FAILED_PRECONDITION,
    http: 417,
    title: 'Expectation failed',
  },
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
  headersTooLarge: {
    grpc: GrpcStatus.RESOURCE_EXHAUSTED,
    http: 431,
    title: 'Request headers too large',
  },
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

/** What a reason says. */
export interface ReasonEntry {
  readonly kind: Kind;
  /** The cause, as docs/errors.md and the OpenAPI document state it. */
  readonly meaning: string;
  /** What the caller does about it. */
  readonly remedy: string;
}
