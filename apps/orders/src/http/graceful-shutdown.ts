import type { IncomingMessage, Server, ServerResponse } from 'node:http';

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
 * the connections that are idle at the time of the call, and leaves the others to their timeout.
 */
export const closeConnectionsOnceIdle = (server: Server): void => {
  const close = server.close.bind(server);
  server.close = (done) => {
    const timer = setInterval(() => server.closeIdleConnections(), POLL_INTERVAL_MS);
    return close((error) => {
      clearInterval(timer);
      done?.(error);
    });
  };
};
