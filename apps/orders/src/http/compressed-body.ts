import { brotliDecompressSync, gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib';
import type { NextFunction, Request, Response } from 'express';
import { malformedJson, payloadTooLarge, ServiceError } from '@app/errors';
import { hasBody, MAX_BODY_BYTES } from './body-intake';

type Decompress = (body: Buffer, options: ZlibOptions) => Buffer;

const DECOMPRESS: ReadonlyMap<string, Decompress> = new Map([
  ['gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

const OTHER_CHARSET = /;\s*charset\s*=\s*"?(?!"?utf-?8\b)/i;

const charsetUnsupported = (): ServiceError =>
  new ServiceError('UNSUPPORTED_MEDIA_TYPE', 'This charset is not supported; use UTF-8.');

const parse = (body: Buffer, decompress: Decompress): unknown => {
  const text = decompress(body, { maxOutputLength: MAX_BODY_BYTES }).toString();
  return text === '' ? {} : (JSON.parse(text) as unknown);
};

const isTooLarge = (error: unknown): boolean =>
  (Object(error) as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';

/**
 * Parses a compressed body when all of it has arrived. The JSON parser would unpack it as it arrives: an
 * unfinished body of 100 bytes then takes 150 kB, also after its connection has closed. To unpack the
 * most that is allowed takes less than a millisecond.
 */
export const parseCompressed = (request: Request, response: Response, next: NextFunction): void => {
  const { 'content-encoding': encoding = '', 'content-type': type = '' } = request.headers;
  const decompress = DECOMPRESS.get(encoding.toLowerCase());
  if (!decompress || !hasBody(request)) {
    next();
    return;
  }
  if (OTHER_CHARSET.test(type)) {
    next(charsetUnsupported());
    return;
  }
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => {
    if (!response.headersSent) chunks.push(chunk);
  });
  request.once('end', () => {
    if (response.headersSent) return;
    try {
      request.body = parse(Buffer.concat(chunks), decompress);
    } catch (error) {
      next(isTooLarge(error) ? payloadTooLarge() : malformedJson());
      return;
    }
    next();
  });
};
