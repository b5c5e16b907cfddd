import { brotliDecompressSync, gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib';
import type { NextFunction, Request, Response } from 'express';
import { malformedJson, payloadTooLarge, type ServiceError } from '@app/errors';
import { hasBody, MAX_BODY_BYTES } from './body-intake';
import { charsetUnsupported, encodingUnsupported } from './http-errors';
import { jsonFaultOf } from './json-fault';
import { invalidUtf8At } from './utf8';

type Decompress = (body: Buffer, options: ZlibOptions) => Buffer;

const DECOMPRESS = new Map<string, Decompress>([
  ['gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
  ['identity', (body) => body],
  ['', (body) => body],
]);

const CHARSETS = /;\s*charset\s*=\s*(?:"([^"]*)"|([^;\s]*))/gi;
const UTF8 = /^utf-?8$/i;

/** Whether a media type names no charset but UTF-8. RFC 8259 defines none for JSON, and clients send it. */
const isUtf8Type = (type: string): boolean =>
  // Most types have no parameters at all.
  !type.includes(';') ||
  [...type.matchAll(CHARSETS)].every(([, quoted, plain]) => UTF8.test(quoted ?? plain ?? ''));

const EMPTY = Buffer.alloc(0);
const BYTE_ORDER_MARK = '\ufeff';

/**
 * Parses the body of a request when all of it has arrived, so that a body that is being received takes its
 * bytes and no more. To unpack the most that is allowed takes less than a millisecond.
 *
 * No body is an empty object. Bytes that are not UTF-8 are rejected: a decoder that replaces them would
 * make one customer of two.
 */
export const parseJsonBody = (request: Request, response: Response, next: NextFunction): void => {
  if (!hasBody(request)) {
    request.body = {};
    next();
    return;
  }
  const { 'content-encoding': encoding = '', 'content-type': type = '' } = request.headers;
  const decompress = DECOMPRESS.get(encoding.toLowerCase());
  if (!decompress) {
    next(encodingUnsupported());
    return;
  }
  if (!isUtf8Type(type)) {
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
      const [first = EMPTY] = chunks;
      const body = chunks.length > 1 ? Buffer.concat(chunks) : first;
      request.body = parse(unpack(body, decompress));
    } catch (error) {
      next(error);
      return;
    }
    next();
  });
};

const unpack = (body: Buffer, decompress: Decompress): Buffer => {
  try {
    return decompress(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    throw isTooLarge(error)
      ? payloadTooLarge()
      : malformedJson('is not compressed as its Content-Encoding says');
  }
};

const isTooLarge = (error: unknown): boolean =>
  (Object(error) as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';

const parse = (body: Buffer): unknown => {
  const invalidAt = invalidUtf8At(body);
  if (invalidAt !== undefined) throw notUtf8(body, invalidAt);
  const text = body.toString();
  const json = text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
  if (json === '') return {};
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw isWideText(body) ? wideText() : notJsonAt(json);
  }
};

const notJsonAt = (text: string): ServiceError => {
  const { line = 1, column = 1, expected = 'JSON' } = jsonFaultOf(text) ?? {};
  return malformedJson(`is not valid JSON at line ${line}, column ${column}: expected ${expected}`);
};

const notUtf8 = (body: Buffer, at: number): ServiceError =>
  isWideText(body)
    ? wideText()
    : malformedJson(`is not valid UTF-8 at byte ${at}, counted from 0; encode it as UTF-8`);

/** Byte order marks of UTF-16. That of UTF-32 begins with one of them, or with a NUL. */
const WIDE_MARKS = [Buffer.of(0xff, 0xfe), Buffer.of(0xfe, 0xff)];

/** ASCII in UTF-16 or UTF-32 is valid UTF-8 with a NUL in front of, or behind, each letter. */
const isWideText = (body: Buffer): boolean =>
  body.subarray(0, 4).includes(0) ||
  WIDE_MARKS.some((mark) => body.subarray(0, mark.length).equals(mark));

const wideText = (): ServiceError => malformedJson('is in UTF-16 or UTF-32; encode it as UTF-8');
