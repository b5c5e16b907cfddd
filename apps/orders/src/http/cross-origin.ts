import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import cors from 'cors';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';

const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'];

/** Headers of the API that a page may send. `EventSource` sends `Last-Event-ID` without asking. */
const REQUEST_HEADERS = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'Last-Event-ID',
  'Request-Timeout-Ms',
  'X-Request-Id',
];

/** Headers of responses that a page may read. */
const RESPONSE_HEADERS = [
  'Allow',
  'Idempotent-Replayed',
  'Location',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
];

/** How long a browser may keep the answer to its question. Chromium keeps it for at most this long. */
const MAX_AGE_SECONDS = 7_200;

/**
 * Lets the pages of these origins use the API in a browser. Sets the headers before anything can answer,
 * so that a page can read a rejection, too: call it after everything else that listens for requests.
 * Without origins it does nothing, and browsers keep the pages of other origins out.
 */
export const allowOrigins = (app: NestExpressApplication, origins: readonly string[]): void => {
  if (origins.length === 0) return;
  const setHeaders = cors<IncomingMessage>({
    origin: [...origins],
    methods: METHODS,
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: RESPONSE_HEADERS,
    maxAge: MAX_AGE_SECONDS,
    // `answerPreflight` does, within the limits of requests.
    preflightContinue: true,
  });
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    setHeaders(request, response, () => undefined);
  const server: Server = app.getHttpServer();
  server.prependListener('request', listener);
  server.prependListener('checkContinue', listener);
  server.prependListener('checkExpectation', listener);
  app.use(answerPreflight);
};

/** Answers a browser that asks what a page may send. The headers are set already. */
const answerPreflight = (
  { method, headers }: Request,
  response: Response,
  next: NextFunction,
): void => {
  const isPreflight =
    method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
  if (isPreflight) response.status(204).end();
  else next();
};
