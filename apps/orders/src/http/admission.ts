import type { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import type { AdaptiveLimit } from '@app/runtime';
import { problemHeaders, problemOf, ServiceError } from '@app/errors';

/** What must be answered however much there is to do, and what has a bound of its own. */
const ALWAYS_ADMITTED = /^\/(health|healthz|v1\/orders\/[^/]+\/events)\b/;

/**
 * What is sent on a connection right after a refusal is not read for so long. With nothing of the
 * kind, 640 clients that did not wait as they were told got 7,400 refusals a second and kept the
 * process from anything else: 11 % of the orders that it could have placed (npm run reliability --
 * overload).
 */
const HOLD_MS = 500;

/** Not before Node is through with the request, at the end of which it reads on by itself. */
const hold = (socket: Socket): void => {
  setImmediate(() => {
    socket.pause();
    setTimeout(() => socket.resume(), HOLD_MS).unref();
  });
};

/**
 * Lets in as many requests as are answered in good time, and refuses the rest at once, before anything
 * is done for them. Without a bound all would wait for longer than they have time for.
 */
export const admission = (limit: AdaptiveLimit) => {
  const refusal = new ServiceError(
    'OVERLOADED',
    'Too many requests are in flight. Nothing was done; try again later.',
  );
  const { status, ...rest } = problemOf(refusal, '');
  const headers = problemHeaders(refusal);
  let inFlight = 0;
  return (request: Request, response: Response, next: NextFunction): void => {
    if (ALWAYS_ADMITTED.test(request.url)) {
      next();
      return;
    }
    if (inFlight >= limit.current) {
      response.writeHead(status, headers);
      const { socket } = request;
      response.end(JSON.stringify({ ...rest, status, instance: request.url }), () => hold(socket));
      return;
    }
    inFlight += 1;
    response.once('close', () => (inFlight -= 1));
    next();
  };
};
