import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { HttpConnections } from './connections';

const POLL_INTERVAL_MS = 50;

/**
 * Returns a request listener that sends `Connection: close` once the service is shutting down. A client
 * that reused the connection could lose a request to the moment in which it is closed.
 */
export const announceClose =
  (isStopping: () => boolean) =>
  (_request: IncomingMessage, response: ServerResponse): void => {
    if (isStopping()) response.setHeader('Connection', 'close');
  };

/**
 * Makes `server.close` close each connection as soon as it has no unanswered request. Node closes only
 * the connections that have become idle before the call. It leaves the others to their timeout, and also
 * those that have never sent a request.
 */
export const closeConnectionsOnceIdle = (server: Server, connections: HttpConnections): void => {
  const close = server.close.bind(server);
  server.close = (done) => {
    const timer = setInterval(() => connections.closeIdle(), POLL_INTERVAL_MS);
    return close((error) => {
      clearInterval(timer);
      done?.(error);
    });
  };
};
