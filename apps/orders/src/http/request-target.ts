import type { NextFunction, Request, Response } from 'express';
import { ServiceError } from '@app/errors';

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
