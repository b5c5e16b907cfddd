import type { IncomingMessage, ServerResponse } from 'node:http';
import { problemHeaders, problemOf, type ServiceError } from '@app/errors';

/** How long a client may take to read a response that came before the end of its request. */
const LINGER_MS = 2_000;

/**
 * Answers a request before its body has arrived, and closes its connection when the client has stopped
 * sending, or after 2 s. Closed at once, with unread data, it would be reset, and the client could lose
 * the response.
 */
export const answerUnread = (
  request: IncomingMessage,
  response: ServerResponse,
  error: ServiceError,
): void => {
  const problem = problemOf(error, request.url ?? '');
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    ...problemHeaders(error),
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.flushHeaders();
  response.write(body);
  const end = (): void => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS).unref();
  request.once('close', end).resume();
};
