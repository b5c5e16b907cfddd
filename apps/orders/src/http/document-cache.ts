import type { RequestHandler, Response } from 'express';
import { ExpiringCache } from '../access/expiring-cache';
import { publicUrl } from './forwarded';

/**
 * The files of the OpenAPI document, which take 10 to 200 ms of the event loop to write. Not the page of Swagger
 * UI: it names an order that exists, from the first one on.
 */
const FILES = /^\/openapi\.(json|yaml)$/;

const MAX_AGE_MS = 10_000;
/** Some 7 MB. Clients see the API at few URLs. */
const MAX_FILES = 8;

interface File {
  readonly type: string | undefined;
  readonly body: Buffer;
}

/**
 * Keeps the files of the OpenAPI document for a short time, one for each URL at which clients see the API. Any
 * number of clients therefore cause little work, and those that read slowly share one copy in memory.
 */
export const cacheDocument = (): RequestHandler => {
  const files = new ExpiringCache<File>(MAX_AGE_MS, MAX_FILES);
  return (request, response, next) => {
    if (!FILES.test(request.path)) {
      next();
      return;
    }
    const key = `${request.path} ${publicUrl(request)}`;
    const file = files.get(key, performance.now());
    if (file) send(response, file);
    else {
      onSend(response, (sent) => files.set(key, sent, performance.now()));
      next();
    }
  };
};

const send = (response: Response, { type, body }: File): void => {
  if (type !== undefined) response.setHeader('Content-Type', type);
  response.send(body);
};

/** Calls `listen` with a text that is sent successfully, and sends it as bytes. */
const onSend = (response: Response, listen: (file: File) => void): void => {
  const original = response.send.bind(response);
  response.send = (text: unknown) => {
    response.send = original;
    if (typeof text !== 'string' || response.statusCode !== 200) return original(text);
    const file = { type: response.get('Content-Type'), body: Buffer.from(text) };
    listen(file);
    return original(file.body);
  };
};
