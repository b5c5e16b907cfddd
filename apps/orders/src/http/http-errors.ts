import { ServiceError } from '@app/errors';
import { PAGE_SIZE_FAULT } from './page-size';

const MAX_SHOWN_HOST = 100;

export const overloaded = (): ServiceError =>
  new ServiceError(
    'OVERLOADED',
    'Too many requests are in flight. Nothing was done; try again later.',
  );

export const notJson = (): ServiceError =>
  new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'Send the body as Content-Type: application/json.');

export const charsetUnsupported = (): ServiceError =>
  new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'This charset is not supported; use UTF-8.');

export const encodingUnsupported = (): ServiceError =>
  new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'This Content-Encoding is not supported; use gzip.');

/** `fault` is a predicate: `is not HTTP/1.1`. */
export const malformedRequest = (fault = 'is not HTTP/1.1'): ServiceError =>
  new ServiceError('MALFORMED_REQUEST', `The request ${fault}.`);

export const requestTimeout = (): ServiceError =>
  new ServiceError('REQUEST_TIMEOUT', 'The request did not arrive in time.');

export const expectationFailed = (): ServiceError =>
  new ServiceError('EXPECTATION_FAILED', 'Expect must be 100-continue, or absent.');

export const headersTooLarge = (): ServiceError =>
  new ServiceError('HEADERS_TOO_LARGE', 'The path and the headers exceed 8 kB.');

export const chunkExtensionsTooLarge = (): ServiceError =>
  new ServiceError('PAYLOAD_TOO_LARGE', 'The extensions of the chunks exceed 16 kB; send none.');

/** `host` is the header, of which the beginning is shown. */
export const hostNotServed = (host = 'shop.example'): ServiceError =>
  new ServiceError(
    'HOST_NOT_SERVED',
    `${host.slice(0, MAX_SHOWN_HOST)} is not a name of this service. Use its address or localhost, or add the ` +
      'name to ORDERS_PUBLIC_HOSTS.',
  );

export const crossSiteRequest = (): ServiceError =>
  new ServiceError(
    'CROSS_SITE_REQUEST',
    'A page of another origin has sent this request. Add the origin to ORDERS_CORS_ORIGINS to allow it.',
  );

/** `budget` is what the caller has used up: `writes`. */
export const rateLimited = (budget = 'writes', max = 5_000, waitMs = 3_000): ServiceError =>
  new ServiceError(
    'RATE_LIMITED',
    `This caller has made more than ${max} ${budget} in 10 s. The request had no effect.`,
    { retryAfterMs: waitMs },
  );

/** `open`: how many streams the caller has. */
export const tooManyOpenStreams = (open = 750): ServiceError =>
  new ServiceError(
    'RATE_LIMITED',
    `This caller has ${open} open streams of this kind, and the places that are left are for other callers. ` +
      'Close some, or try again later.',
    { retryAfterMs: 10_000 },
  );

export const shuttingDown = (): ServiceError =>
  new ServiceError('SHUTTING_DOWN', 'This instance is shutting down; use another one.');

export const invalidPageSize = (): ServiceError =>
  ServiceError.invalid([{ field: 'limit', fault: PAGE_SIZE_FAULT }]);
