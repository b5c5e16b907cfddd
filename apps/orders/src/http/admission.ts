import type { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import type { AdaptiveLimit } from '@app/runtime';
import { problemHeaders, problemOf, ServiceError } from '@app/errors';

/** What must be answered however much there is to do, and what has a bound of its own. */
const ALWAYS_ADMITTED = /^\/(health|healthz|v1\/orders\/[^/]+\/events)(\/|$)/i;

/**
 * What is sent on a connection before the `Retry-After` of its refusal is over is not read. Without
 * that, 640 clients that did not wait as they were told got 7,400 refusals a second and kept the process
 * from anything else: 11 % of the orders that it could have placed (npm run reliability -- overload). A
 * proxy that shares its connections among customers may see it as a short delay.
 */
const HOLD_MS = 1_000;

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
export class Admission {
  private inFlight = 0;

  constructor(private readonly limit: AdaptiveLimit) {}

  /** Comes before the body is read. */
  readonly refuse = (request: Request, response: Response, next: NextFunction): void => {
    if (ALWAYS_ADMITTED.test(request.path) || this.inFlight < this.limit.current) {
      next();
      return;
    }
    const problem = problemOf(REFUSAL, request.originalUrl);
    const { socket } = request;
    response.writeHead(problem.status, problemHeaders(REFUSAL));
    response.end(JSON.stringify(problem), () => hold(socket));
  };

  /**
   * Comes after the body has been read: whoever sends it slowly, or never, takes up no room. The
   * answer to a request that was sent before the last was answered is not closed with its connection,
   * so that is looked at as well.
   */
  readonly count = (request: Request, response: Response, next: NextFunction): void => {
    if (!ALWAYS_ADMITTED.test(request.path)) {
      const { socket } = request;
      const leave = (): void => {
        response.off('close', leave);
        socket.off('close', leave);
        this.inFlight -= 1;
      };
      this.inFlight += 1;
      // Any number may have been sent on one connection.
      socket.setMaxListeners(0);
      response.once('close', leave);
      socket.once('close', leave);
    }
    next();
  };
}

const REFUSAL = new ServiceError(
  'OVERLOADED',
  'Too many requests are in flight. Nothing was done; try again later.',
);
