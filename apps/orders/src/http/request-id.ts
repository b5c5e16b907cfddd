import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { REQUEST_ID_HEADER, requestIdOrNew, requestOf, runForRequest } from '@app/runtime';
import { principalOf } from '../access/principal.decorator';

const RESPONSE_HEADER = 'X-Request-Id';

const identify = ({ headers }: IncomingMessage, response: ServerResponse): void => {
  if (response.hasHeader(RESPONSE_HEADER)) return;
  response.setHeader(RESPONSE_HEADER, requestIdOrNew(headers[REQUEST_ID_HEADER]));
};

/**
 * Assigns each request the id that its client has sent, or a new one, and returns it in the response, also
 * if the request is rejected before Express. Call it after everything else that listens for requests.
 */
export const identifyRequests = (server: Server): void => {
  server.prependListener('request', identify);
  // Node emits `request` for it later, or never if it is rejected.
  server.prependListener('checkContinue', identify);
  server.prependListener('checkExpectation', identify);
};

/**
 * Runs the handler of a request in its context: its id, and its caller if that is known. Not earlier: a body
 * arrives in the context of its connection, and a queued request is admitted in the context of the one
 * whose place it takes.
 */
export const carryRequestId = (request: Request, response: Response, next: NextFunction): void => {
  const { kind, subject } = principalOf(request);
  const id = response.getHeader(RESPONSE_HEADER) as string;
  runForRequest(requestOf(id, kind === 'anonymous' ? undefined : subject), next as () => void);
};
