import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { ServiceError } from '@app/errors';
import { malformedRequest } from './http-errors';

/** `http://host:port/path?query`, as clients send it to proxies. */
const ABSOLUTE_FORM = /^https?:\/\/([^/?@]+)(\/[^?]*)?(\?.*)?$/i;
const ASTERISK_FORM = '*';

/**
 * Brings the target of a request to a path with a query, and `Host` to that of the target, so that everything
 * behind reads the same: routes are found by the parsed target, and limits by its text. Returns an error for a
 * target that could be read in two ways.
 */
export const bringToOriginForm = (request: IncomingMessage): ServiceError | undefined => {
  const { url = '' } = request;
  if (url.includes('#') || url.includes('\\'))
    return malformedRequest('has a target with # or \\, which must be percent-encoded');
  if (url.startsWith('/') || url === ASTERISK_FORM) return undefined;
  const [, host, path = '/', query = ''] = ABSOLUTE_FORM.exec(url) ?? [];
  if (host === undefined)
    return malformedRequest('has a target that is neither a path nor an http URL');
  request.url = path + query;
  // RFC 9112, 3.2.2: the target overrides the header.
  request.headers.host = host;
  return undefined;
};

const FAULT = 'must be correctly percent-encoded UTF-8';

/**
 * Rejects a path or a query that is not percent-encoded UTF-8. The parser of queries replaces such bytes,
 * which makes one customer of two. Node itself rejects bytes that are not percent-encoded.
 */
export const requireUtf8Target = (
  { url }: Request,
  _response: Response,
  next: NextFunction,
): void => {
  const field = url.includes('%') ? faultyPartOf(url) : undefined;
  next(field === undefined ? undefined : ServiceError.invalid([{ field, fault: FAULT }]));
};

/** Returns `path`, the name of a query parameter, or undefined. */
const faultyPartOf = (url: string): string | undefined => {
  const [path = '', ...rest] = url.split('?');
  if (!isUtf8(path)) return 'path';
  const faulty = rest
    .join('?')
    .split('&')
    .find((parameter) => !isUtf8(parameter));
  if (faulty === undefined) return undefined;
  const [name = ''] = faulty.split('=');
  return name !== '' && isUtf8(name) ? decodeURIComponent(name) : 'query';
};

const isUtf8 = (encoded: string): boolean => {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
};
