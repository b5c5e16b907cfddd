import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import type { AdaptiveLimit } from '@app/runtime';
import { problemHeaders, problemOf } from '@app/errors';
import { overloaded } from './http-errors';

/** What must be answered however much there is to do, and what has a bound of its own. */
const ALWAYS_ADMITTED = /^\/(health|healthz|v1\/orders\/[^/?]+\/events)(\/|\?|$)/i;

/**
 * So many of those who are refused are to come back in a second. A refusal costs a third of an order:
 * where all came back after a second, 2,560 clients left 80 % of the orders that 256 could place.
 */
const BACK_IN_A_SECOND = 1_000;
/** Longer than this nobody is told to wait, however many wait. */
const MAX_RETRY_AFTER_SECONDS = 3;

/**
 * Lets in as many requests as are answered in good time, and refuses the rest at once, before anything
 * is done for them. Without a bound all would wait for longer than they have time for.
 */
export class Admission {
  private inFlight = 0;
  /** How many of them came on each connection that is open. */
  private readonly inFlightOn = new WeakMap<Socket, number>();
  /** Connections that are not read, since what was sent on them last was refused. */
  private held = 0;

  constructor(private readonly limit: AdaptiveLimit) {}

  /** Comes before Express and before the body is read, so that a refusal costs as little as can be. */
  guard(server: Server): void {
    const handlers = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (this.admits(request)) for (const handle of handlers) handle(request, response);
      else this.refuse(request, response);
    });
  }

  /**
   * Comes after the body has been read: whoever sends it slowly, or never, takes up no room. Whoever has
   * hung up before that is done is not served: nothing would tell any more when to give the room back.
   */
  readonly count = (request: Request, response: Response, next: NextFunction): void => {
    const { socket } = request;
    if (socket.destroyed) return;
    if (!isAlwaysAdmitted(request)) {
      this.enter(socket);
      response.once('close', () => this.leave(socket));
    }
    next();
  };

  /**
   * Several requests may have been sent on one connection, and only one of their answers is closed
   * with it; so that is looked at as well.
   */
  private enter(socket: Socket): void {
    const before = this.inFlightOn.get(socket);
    if (before === undefined) socket.once('close', () => this.leaveAll(socket));
    this.inFlightOn.set(socket, (before ?? 0) + 1);
    this.inFlight += 1;
  }

  private leave(socket: Socket): void {
    const before = this.inFlightOn.get(socket);
    if (before === undefined) return;
    this.inFlightOn.set(socket, before - 1);
    this.inFlight -= 1;
  }

  private leaveAll(socket: Socket): void {
    this.inFlight -= this.inFlightOn.get(socket) ?? 0;
    this.inFlightOn.delete(socket);
  }

  private admits(request: IncomingMessage): boolean {
    return this.inFlight < this.limit.current || isAlwaysAdmitted(request);
  }

  private refuse(request: IncomingMessage, response: ServerResponse): void {
    const problem = problemOf(REFUSAL, request.url ?? '');
    const body = JSON.stringify(problem);
    const seconds = Math.min(
      Math.ceil((this.held + 1) / BACK_IN_A_SECOND),
      MAX_RETRY_AFTER_SECONDS,
    );
    // Then Node is through with the request, at the end of which it reads on by itself.
    request.once('close', () => this.hold(request.socket, seconds));
    response.writeHead(problem.status, {
      ...problemHeaders(REFUSAL),
      'Retry-After': seconds,
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  }

  /**
   * What is sent on a connection before the `Retry-After` of its refusal is over is not read: clients
   * that do not wait as they are told would get refusals, and keep the process from anything else. A
   * proxy that shares its connections among customers may see it as a delay.
   *
   * At once, and not on the next turn of the event loop: that comes only when nothing more can be read,
   * and as 2,560 clients send again while the others are answered, 39,624 refusals were made in one turn.
   * Orders placed by such clients came to 14 % of the peak then (npm run test:resilience -- overload).
   */
  private hold(socket: Socket, seconds: number): void {
    socket.pause();
    this.held += 1;
    setTimeout(() => {
      socket.resume();
      this.held -= 1;
    }, seconds * 1_000).unref();
  }
}

const isAlwaysAdmitted = ({ url = '' }: IncomingMessage): boolean => ALWAYS_ADMITTED.test(url);

const REFUSAL = overloaded();
