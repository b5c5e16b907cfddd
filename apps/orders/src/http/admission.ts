import type { NextFunction, Request, Response } from 'express';
import type { AdaptiveLimit } from '@app/runtime';
import { problemHeaders, problemOf, ServiceError } from '@app/errors';

/** What must be answered however much there is to do, and what has a bound of its own. */
const ALWAYS_ADMITTED = /^\/(health|healthz|v1\/orders\/[^/]+\/events)\b/;

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
      response.end(JSON.stringify({ ...rest, status, instance: request.url }));
      return;
    }
    inFlight += 1;
    response.once('close', () => (inFlight -= 1));
    next();
  };
};
