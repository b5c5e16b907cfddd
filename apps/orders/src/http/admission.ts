import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import type { AdaptiveLimit } from '@app/runtime';
import { problemHeaders, problemOf } from '@app/errors';
import { overloaded } from './http-errors';

/** Health checks, which must be answered under any load, and event streams, which have their own limit. */
const ALWAYS_ADMITTED = /^\/(health|healthz|v1\/orders\/[^/?]+\/events)(\/|\?|$)/i;

/**
 * Rejected clients that should retry within the same second. A rejection costs a third of an order: when
 * all clients retried after one second, 2,560 clients placed 80 % of the orders that 256 clients placed.
 */
const RETRIES_PER_SECOND = 1_000;
const MAX_RETRY_AFTER_SECONDS = 3;

/**
 * Admits as many requests as can be answered in time, and rejects all others at once, before any work is
 * done for them. Without a limit, all requests would time out.
 */
export class Admission {
  private inFlight = 0;
  /** The admitted requests of each open connection. */
  private readonly inFlightOn = new WeakMap<Socket, number>();
  /** Connections that are not read until the `Retry-After` of their last rejection has passed. */
  private pausedConnections = 0;

  constructor(private readonly limit: AdaptiveLimit) {}

  /** Rejects requests before Express, and before their body is read, which makes a rejection cheap. */
  guard(server: Server): void {
    const handlers = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (this.admits(request)) for (const handle of handlers) handle(request, response);
      else this.reject(request, response);
    });
  }

  /**
   * Counts a request after its body has been read, so that a slow body does not take a place. A request
   * whose connection is closed by then is dropped: no event would free its place.
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
   * A connection may have several requests, and only one of their responses emits `close` when it
   * closes. So the connection is watched, too.
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

  private reject(request: IncomingMessage, response: ServerResponse): void {
    const problem = problemOf(REJECTION, request.url ?? '');
    const body = JSON.stringify(problem);
    const seconds = Math.min(
      Math.ceil((this.pausedConnections + 1) / RETRIES_PER_SECOND),
      MAX_RETRY_AFTER_SECONDS,
    );
    // Not earlier, because Node resumes the socket when the request ends.
    request.once('close', () => this.pause(request.socket, seconds));
    response.writeHead(problem.status, {
      ...problemHeaders(REJECTION),
      'Retry-After': seconds,
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  }

  /**
   * Stops reading from a connection until the `Retry-After` of its rejection has passed. Otherwise
   * clients that retry at once would keep the process busy with rejections. A proxy that shares its
   * connections among customers may notice a delay.
   *
   * Pauses at once, not on the next turn of the event loop: that turn comes only when there is nothing
   * more to read. With 2,560 clients that retry at once, 39,624 rejections were made in one turn, and
   * their orders came to 14 % of the peak (npm run test:resilience -- overload).
   */
  private pause(socket: Socket, seconds: number): void {
    socket.pause();
    this.pausedConnections += 1;
    setTimeout(() => {
      socket.resume();
      this.pausedConnections -= 1;
    }, seconds * 1_000).unref();
  }
}

const isAlwaysAdmitted = ({ url = '' }: IncomingMessage): boolean => ALWAYS_ADMITTED.test(url);

const REJECTION = overloaded();
