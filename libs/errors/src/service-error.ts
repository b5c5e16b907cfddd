import type { Reason } from './reasons';

/** One violation of one field of a request. */
export interface FieldViolation {
  /** Path of the field as the caller wrote it: `items[0].quantity`. */
  readonly field: string;
  /** What the field must be: `must be > 0`. */
  readonly fault: string;
}

/** One condition that the current state does not meet. */
export interface PreconditionViolation {
  /** The resource concerned: a SKU, a reservation id. */
  readonly subject: string;
  /** The violated condition, in words. */
  readonly description: string;
}

interface ServiceErrorOptions {
  readonly fields?: readonly FieldViolation[];
  readonly preconditions?: readonly PreconditionViolation[];
  /** Machine-readable details, sent with the reason. Must not contain anything internal. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** How long the caller should wait before it tries again. */
  readonly retryAfterMs?: number;
  /** The header `WWW-Authenticate` of a response that asks for other credentials. */
  readonly challenge?: string;
  /** For the log only; not sent to the caller. */
  readonly cause?: unknown;
}

/**
 * The only error that reaches callers. `reason` is its stable name, `message` explains it in one
 * sentence, and the other properties list each field or condition. It has no stack trace: it is
 * expected, and a stack took 5 of the 300 µs that rejecting an order takes. An unexpected error is
 * the `cause`, and keeps its own stack trace.
 */
export class ServiceError extends Error {
  readonly fields: readonly FieldViolation[];
  readonly preconditions: readonly PreconditionViolation[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly retryAfterMs: number | undefined;
  readonly challenge: string | undefined;

  constructor(
    readonly reason: Reason,
    message: string,
    {
      fields = [],
      preconditions = [],
      metadata = {},
      retryAfterMs,
      challenge,
      cause,
    }: ServiceErrorOptions = {},
  ) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message, { cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = 'ServiceError';
    this.fields = fields;
    this.preconditions = preconditions;
    this.metadata = metadata;
    this.retryAfterMs = retryAfterMs;
    this.challenge = challenge;
  }

  /** Returns INVALID_REQUEST. Its message is the first violation; `fields` has all of them. */
  static invalid(fields: readonly [FieldViolation, ...FieldViolation[]]): ServiceError {
    const [first] = fields;
    return new ServiceError('INVALID_REQUEST', `${first.field} ${first.fault}`, { fields });
  }
}

/** Returns what callers receive in place of an unexpected error. The cause is for the log only. */
export const internalError = (cause: unknown): ServiceError =>
  new ServiceError('INTERNAL', 'An unexpected error occurred. It has been logged.', { cause });
