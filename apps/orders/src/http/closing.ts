import type { IncomingMessage, Server, ServerResponse } from 'node:http';

const POLL_INTERVAL_MS = 50;

/**
 * Asks callers not to use their connection again once the service is about to end: a request that
 * is sent just when the connection is closed would be lost.
 */
export const closing =
  (isStopping: () => boolean) =>
  (_request: IncomingMessage, response: ServerResponse): void => {
    if (isStopping()) response.setHeader('Connection', 'close');
  };

/**
 * Once the server has stopped listening, closes each connection as soon as it has nothing to answer.
 * Node closes those that are idle at that moment, and leaves the others to their time-out.
 */
export const closeConnectionsWhenStopped = (server: Server): void => {
  const close = server.close.bind(server);
  server.close = (done) => {
    const timer = setInterval(() => server.closeIdleConnections(), POLL_INTERVAL_MS);
    return close((error) => {
      clearInterval(timer);
      done?.(error);
    });
  };
};
