import { AsyncLocalStorage } from 'node:async_hooks';
import { uuidv7 } from 'uuidv7';

/** The header of HTTP and the metadata key of gRPC that carry the id of a request. */
export const REQUEST_ID_HEADER = 'x-request-id';

/** The metadata key of gRPC that carries the acting subject, percent-encoded. */
export const ACTING_SUBJECT_KEY = 'acting-subject';

/** One to 128 visible ASCII characters. Anything else could forge log lines or headers. */
const VALID_ID = /^[\x21-\x7e]{1,128}$/;

const MAX_SUBJECT_LENGTH = 128;
/** What percent-encoding makes of the longest subject: four bytes of UTF-8 for each character. */
const MAX_ENCODED_LENGTH = 12 * MAX_SUBJECT_LENGTH;
/** Characters that separate or end lines in some program. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** A request of a caller that is known. */
export interface ActingRequest {
  readonly id: string | undefined;
  /** Who has made the request, such as the user id of a customer or the name of an API key. */
  readonly subject: string;
}

/** Holds the id alone if there is no subject, because an object per request would be garbage per request. */
const storage = new AsyncLocalStorage<string | ActingRequest | undefined>();

/** Returns the id, or undefined if it is not 1 to 128 visible ASCII characters. */
export const validRequestId = (id: unknown): string | undefined =>
  typeof id === 'string' && VALID_ID.test(id) ? id : undefined;

/** Returns the id that a client has sent, or a new one if it has sent none or an invalid one. */
export const requestIdOrNew = (id: unknown): string => validRequestId(id) ?? uuidv7();

/** Whether a text has at most so many characters. A character is a code point. */
const isWithin = (text: string, maxLength: number): boolean =>
  text.length <= maxLength ||
  (text.length <= 2 * maxLength && Array.from(text).length <= maxLength);

/** Returns the subject, or undefined if it is not 1 to 128 characters without control characters. */
export const validSubject = (subject: unknown): string | undefined =>
  typeof subject === 'string' &&
  subject !== '' &&
  isWithin(subject, MAX_SUBJECT_LENGTH) &&
  !CONTROL.test(subject)
    ? subject
    : undefined;

/** Returns a subject as metadata carries it; undefined for one that is not valid. */
export const encodedSubject = (subject: string): string | undefined =>
  validSubject(subject) === undefined ? undefined : encodeURIComponent(subject);

/** Returns the subject that metadata carries; undefined for anything that `encodedSubject` does not return. */
export const decodedSubject = (encoded: unknown): string | undefined => {
  if (typeof encoded !== 'string' || encoded.length > MAX_ENCODED_LENGTH) return undefined;
  try {
    return validSubject(decodeURIComponent(encoded));
  } catch {
    return undefined;
  }
};

/** Returns the id of the request that the running code works for; undefined in background work. */
export const currentRequestId = (): string | undefined => {
  const request = storage.getStore();
  return typeof request === 'object' ? request.id : request;
};

/** Returns who made the request that the running code works for; undefined if that is not known. */
export const currentSubject = (): string | undefined => {
  const request = storage.getStore();
  return typeof request === 'object' ? request.subject : undefined;
};

/** Returns the request to run for. */
export const requestOf = (
  id: string | undefined,
  subject: string | undefined,
): string | ActingRequest | undefined => (subject === undefined ? id : { id, subject });

/**
 * Calls `work` with its arguments for a request. All that it starts belongs to the request too, including
 * what it awaits. Work for several requests, and work that outlives its request, has no request id.
 */
export const runForRequest = <Arguments extends unknown[], Result>(
  request: string | ActingRequest | undefined,
  work: (...args: Arguments) => Result,
  ...args: Arguments
): Result => storage.run(request, work, ...args);
