import { type Reason, wireOf } from './reasons';
import type { FieldViolation, ServiceError } from './service-error';

/** RFC 9457. The members after `instance` are extensions. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly reason: Reason;
  readonly errors?: readonly { readonly field: string; readonly detail: string }[];
  readonly errorsLeftOut?: number;
  readonly [name: string]: unknown;
}

/** `Retry-After` of a 503, unless its error has another one. */
const RETRY_AFTER_MS = 1_000;

/** The maximum number of items of an order. Bounds the size of a response to an invalid request. */
const MAX_ERRORS = 100;

const fieldErrors = (
  fields: readonly FieldViolation[],
): Pick<Problem, 'errors' | 'errorsLeftOut'> => {
  const leftOut = fields.length - MAX_ERRORS;
  return {
    errors: fields
      .slice(0, MAX_ERRORS)
      .map(({ field, fault }) => ({ field, detail: `${field} ${fault}` })),
    ...(leftOut > 0 && { errorsLeftOut: leftOut }),
  };
};

/** Returns the problem document of an error. `requestId` is included for INTERNAL only. */
export const problemOf = (error: ServiceError, instance: string, requestId?: unknown): Problem => {
  const { http, title } = wireOf(error.reason);
  return {
    type: `urn:quickbite:problem:${error.reason.toLowerCase().replaceAll('_', '-')}`,
    title,
    status: http,
    detail: error.message,
    instance,
    reason: error.reason,
    ...(error.fields.length > 0 && fieldErrors(error.fields)),
    ...error.metadata,
    // Leads to the log line of the error.
    ...(error.reason === 'INTERNAL' && { requestId }),
  };
};

/** Returns the headers of a problem response. */
export const problemHeaders = ({
  reason,
  retryAfterMs,
  challenge,
}: ServiceError): Record<string, string> => {
  const waitMs = retryAfterMs ?? (wireOf(reason).http === 503 ? RETRY_AFTER_MS : undefined);
  return {
    'Content-Type': 'application/problem+json; charset=utf-8',
    ...(waitMs !== undefined && { 'Retry-After': String(Math.ceil(waitMs / 1_000)) }),
    ...(challenge !== undefined && { 'WWW-Authenticate': challenge }),
  };
};
