import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { problemHeaders, problemOf, type ServiceError } from '@app/errors';
import { requestIdOrNew } from '@app/runtime';
import { answerUnread } from './answer-unread';
import type { HttpConnections } from './connections';
import {
  chunkExtensionsTooLarge,
  expectationFailed,
  headersTooLarge,
  malformedRequest,
  requestTimeout,
} from './http-errors';

const HEAD = Buffer.from('HEAD ');

const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

/** Bytes that are not an HTTP request are a MALFORMED_REQUEST, except for these errors of Node. */
const ERROR_BY_CODE: Readonly<Record<string, () => ServiceError>> = {
  [REQUEST_TIMEOUT]: requestTimeout,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: chunkExtensionsTooLarge,
  HPE_HEADER_OVERFLOW: headersTooLarge,
};

/**
 * Answers what is not a request with a problem, and closes the connection. Node would answer without a
 * body. But a connection on which no byte has arrived stays open until its idle timeout: load balancers
 * and browsers open connections in advance, and would lose the request that they send while it is being
 * closed.
 */
export const answerClientErrors = (server: Server, connections: HttpConnections): void => {
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!(socket instanceof Socket)) throw new TypeError('HTTP is served over TCP only');
    if (error.code === REQUEST_TIMEOUT && socket.bytesRead === 0) return;
    if (socket.writable && !connections.isResponding(socket)) socket.write(responseTo(error));
    socket.destroy();
  });
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    if (connections.begin(request, response)) answerUnread(request, response, expectationFailed());
  });
};

/** Returns the bytes of a response. The path is unknown, because nothing has parsed the request. */
const responseTo = (error: NodeJS.ErrnoException): string => {
  const answer = ERROR_BY_CODE[error.code ?? '']?.() ?? malformedRequest(faultOf(error));
  const problem = problemOf(answer, '');
  const body = JSON.stringify(problem);
  const headers = {
    Connection: 'close',
    ...problemHeaders(answer),
    'X-Request-Id': requestIdOrNew(undefined),
    'Content-Length': Buffer.byteLength(body),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const { status } = problem;
  const content = isHead(error) ? '' : body;
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', content].join('\r\n');
};

/** Whether the bytes begin as a HEAD request, whose response has no body: clients would take it for another response. */
const isHead = (error: NodeJS.ErrnoException): boolean => {
  const { rawPacket } = error as { rawPacket?: unknown };
  return Buffer.isBuffer(rawPacket) && rawPacket.subarray(0, 5).equals(HEAD);
};

/** Node's parser gives a reason that names the faulty part, such as `Invalid header token`. */
const faultOf = (error: NodeJS.ErrnoException): string => {
  const { reason } = error as { reason?: unknown };
  return typeof reason === 'string' && reason !== ''
    ? `is not HTTP/1.1: ${reason.replace(/\.$/, '')}`
    : 'is not HTTP/1.1';
};

/** Whether a request lacks the header that HTTP/1.1 requires. Node would reject it without a body. */
export const lacksHost = ({ httpVersion, headers }: IncomingMessage): boolean =>
  httpVersion === '1.1' && headers.host === undefined;
