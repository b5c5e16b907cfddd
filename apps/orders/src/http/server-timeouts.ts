import { createServer, type RequestListener, type Server } from 'node:http';

export interface ServerTimeouts {
  /** How long the headers of a request may take to arrive. */
  readonly headersTimeoutMs: number;
  /** How long a request may take to arrive completely. */
  readonly requestTimeoutMs: number;
  /** How long a connection with an unanswered request may transfer nothing. */
  readonly idleTimeoutMs: number;
  /** How long a connection may wait for its next request. */
  readonly keepAliveTimeoutMs: number;
}

/** Names and values of all headers of one request. */
const MAX_HEADER_BYTES = 8_192;

/** Node looks for requests that take too long at this interval. */
const CHECK_INTERVAL_MS = 1_000;

/** A connection whose client's machine is gone is found by probes of TCP after this time without traffic. */
const PROBE_AFTER_MS = 30_000;

/**
 * Creates a server with these timeouts. By default Node waits five minutes for a request, or for the
 * larger of both timeouts and the interval of its check, and without end for a client to read a
 * response, which would keep its place among the requests in flight. A client that ends its side of the
 * connection after its request gets its response; by default Node drops it.
 */
export const createHttpServer = (listener: RequestListener, timeouts: ServerTimeouts): Server => {
  const server = createServer(
    {
      headersTimeout: timeouts.headersTimeoutMs,
      requestTimeout: timeouts.requestTimeoutMs,
      keepAliveTimeout: timeouts.keepAliveTimeoutMs,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      // `Admission` rejects requests without it, with a problem.
      requireHostHeader: false,
      keepAlive: true,
      keepAliveInitialDelay: PROBE_AFTER_MS,
    },
    listener,
  );
  server.timeout = timeouts.idleTimeoutMs;
  return Object.assign(server, { httpAllowHalfOpen: true });
};
