import type { Server } from 'node:http';

export interface ServerTimeouts {
  /** How long a request may take to arrive completely. */
  readonly requestTimeoutMs: number;
  /** How long a connection with an unanswered request may transfer nothing. */
  readonly idleTimeoutMs: number;
}

/**
 * Sets the timeouts of a server. By default Node waits five minutes for a request, and without end for a
 * client to read a response, which would keep its place among the requests in flight.
 */
export const setServerTimeouts = (
  server: Server,
  { requestTimeoutMs, idleTimeoutMs }: ServerTimeouts,
): void => {
  server.requestTimeout = requestTimeoutMs;
  server.timeout = idleTimeoutMs;
};
