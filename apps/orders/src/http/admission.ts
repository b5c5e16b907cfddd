import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { NextFunction, Request, Response } from 'express';
import type { AdaptiveLimit } from '@app/runtime';
import { payloadTooLarge, problemHeaders, problemOf } from '@app/errors';
import { answerUnread } from './answer-unread';
import { declaresTooLargeBody } from './body-intake';
import { BurstQueue, type BurstQueueOptions, type Expiring } from './burst-queue';
import { lacksHost } from './client-errors';
import type { HttpConnections } from './connections';
import { malformedRequest, overloaded } from './http-errors';
import { classOf } from './request-class';
import { bringToOriginForm } from './request-target';
import { REQUEST_TIMEOUT_HEADER, timeoutMsOf } from './request-timeout';

/**
 * Rejected clients that should retry within the same second. A rejection costs a third of an order: when
 * all clients retried after one second, 2,560 clients placed 80 % of the orders that 256 clients placed.
 */
const RETRIES_PER_SECOND = 1_000;
const MAX_RETRY_AFTER_SECONDS = 3;

export interface AdmissionOptions {
  /** Reads in flight. They do not take the places of writes. */
  readonly maxReads: number;
  /** Files of the documentation in flight. */
  readonly maxFiles: number;
  /** How long a write waits for a place if it has no `Request-Timeout-Ms`. */
  readonly queueTimeoutMs: number;
  readonly queue: BurstQueueOptions;
  /** Whether a connection carries the requests of several clients, as that of a proxy does. */
  readonly isShared: (socket: Socket) => boolean;
}

/** A write that waits for a place. */
interface QueuedWrite extends Expiring {
  readonly request: Request;
  readonly response: Response;
  readonly next: NextFunction;
  readonly queuedAtMs: number;
}

/**
 * Admits as many writes as can be answered in time. A burst of more of them waits in a queue, each for
 * its own timeout. In an overload all others are rejected at once, before any work is done for them:
 * without a limit, all requests would time out. Reads have a limit of their own.
 */
export class Admission {
  private writesInFlight = 0;
  private readonly inFlight = { read: 0, file: 0 };
  /** Connections that are not read until the `Retry-After` of their last rejection has passed. */
  private pausedConnections = 0;
  private readonly queue: BurstQueue<QueuedWrite>;

  constructor(
    private readonly limit: AdaptiveLimit,
    private readonly connections: HttpConnections,
    private readonly options: AdmissionOptions,
  ) {
    this.queue = new BurstQueue(options.queue, ({ request, response }) =>
      this.reject(request, response),
    );
  }

  /** Rejects requests before Express, and before their body is read, which makes a rejection cheap. */
  guard(server: Server): void {
    const handlers = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.receive(request, response, () => {
        for (const handle of handlers) handle(request, response);
      });
    });
    // Of a client that asks before it sends the body. BodyIntake answers it.
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      this.receive(request, response, () => server.emit('request', request, response));
    });
  }

  /**
   * Lets a request take a place after its body has been read, so that a slow body does not take one, or
   * queues it. A request whose connection is closed by then is dropped.
   */
  readonly count = (request: Request, response: Response, next: NextFunction): void => {
    if (request.socket.destroyed) return;
    this.connections.occupy(request);
    const requestClass = classOf(request);
    if (requestClass === 'write') this.enqueue(request, response, next);
    else if (requestClass === 'health' || requestClass === 'stream') next();
    else if (!this.hasPlaceFor(requestClass)) this.reject(request, response);
    else {
      this.inFlight[requestClass] += 1;
      this.connections.whenEnded(request, response, () => (this.inFlight[requestClass] -= 1));
      next();
    }
  };

  /** Does to the connection of a request that was rejected elsewhere what a rejection here does to it. */
  pauseRejected(request: IncomingMessage, seconds: number): void {
    // Not earlier, because Node resumes the socket when the request ends.
    if (request.closed) this.pause(request.socket, seconds);
    else request.once('close', () => this.pause(request.socket, seconds));
  }

  private receive(request: IncomingMessage, response: ServerResponse, admit: () => void): void {
    if (!this.connections.begin(request, response)) return;
    const malformed = lacksHost(request) ? WITHOUT_HOST : bringToOriginForm(request);
    if (malformed) answerUnread(request, response, malformed);
    else if (declaresTooLargeBody(request)) answerUnread(request, response, payloadTooLarge());
    else if (this.hasRoomFor(request)) admit();
    else this.reject(request, response);
  }

  private hasRoomFor(request: IncomingMessage): boolean {
    const requestClass = classOf(request);
    if (requestClass === 'write') return this.hasPlaceForWrite || this.mayQueue(request);
    if (requestClass === 'health' || requestClass === 'stream') return true;
    return this.hasPlaceFor(requestClass);
  }

  private get hasPlaceForWrite(): boolean {
    return this.writesInFlight < this.limit.current;
  }

  private hasPlaceFor(requestClass: 'read' | 'file'): boolean {
    const { maxReads, maxFiles } = this.options;
    return this.inFlight[requestClass] < (requestClass === 'read' ? maxReads : maxFiles);
  }

  private mayQueue(request: IncomingMessage): boolean {
    const patienceMs = this.patienceMs(request);
    return patienceMs > 0 && this.queue.hasRoomFor(patienceMs);
  }

  private patienceMs(request: IncomingMessage): number {
    return timeoutMsOf(request) ?? this.options.queueTimeoutMs;
  }

  private enqueue(request: Request, response: Response, next: NextFunction): void {
    if (this.queue.isEmpty && this.hasPlaceForWrite) {
      this.enter(request, response);
      next();
      return;
    }
    if (!this.mayQueue(request)) {
      this.reject(request, response);
      return;
    }
    const queuedAtMs = performance.now();
    const deadlineMs = queuedAtMs + this.patienceMs(request);
    const write = { request, response, next, queuedAtMs, deadlineMs };
    const place = this.queue.push(write);
    this.connections.whenEnded(request, response, () => this.queue.remove(place));
    this.admitQueued();
  }

  private admitQueued(): void {
    while (this.hasPlaceForWrite) {
      const write = this.queue.shift();
      if (!write) return;
      this.enter(write.request, write.response);
      shortenTimeout(write);
      write.next();
    }
  }

  private enter(request: Request, response: Response): void {
    this.writesInFlight += 1;
    this.connections.whenEnded(request, response, () => {
      this.writesInFlight -= 1;
      this.admitQueued();
    });
  }

  private reject(request: IncomingMessage, response: ServerResponse): void {
    const problem = problemOf(REJECTION, request.url ?? '');
    const body = JSON.stringify(problem);
    const seconds = Math.min(
      Math.ceil((this.pausedConnections + 1) / RETRIES_PER_SECOND),
      MAX_RETRY_AFTER_SECONDS,
    );
    this.pauseRejected(request, seconds);
    response.writeHead(problem.status, {
      ...problemHeaders(REJECTION),
      'Retry-After': seconds,
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  }

  /**
   * Stops reading from a connection until the `Retry-After` of its rejection has passed. Otherwise
   * clients that retry at once would keep the process busy with rejections. A connection that clients share is not
   * paused, or a client that is rejected again and again would delay the requests of all others.
   *
   * Pauses at once, not on the next turn of the event loop: that turn comes only when there is nothing
   * more to read. With 2,560 clients that retry at once, 39,624 rejections were made in one turn, and
   * their orders came to 14 % of the peak (npm run test:resilience -- overload).
   */
  private pause(socket: Socket, seconds: number): void {
    if (this.options.isShared(socket)) return;
    socket.pause();
    this.pausedConnections += 1;
    setTimeout(() => {
      socket.resume();
      this.pausedConnections -= 1;
    }, seconds * 1_000).unref();
  }
}

/** Leaves the handler what the queue has left of the client's timeout. */
const shortenTimeout = ({ request, queuedAtMs }: QueuedWrite): void => {
  const timeoutMs = timeoutMsOf(request);
  if (timeoutMs === undefined) return;
  const leftMs = Math.max(1, Math.round(timeoutMs - (performance.now() - queuedAtMs)));
  request.headers[REQUEST_TIMEOUT_HEADER] = String(leftMs);
};

const REJECTION = overloaded();
const WITHOUT_HOST = malformedRequest('has no Host header');
