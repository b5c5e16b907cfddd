import { type Server, STATUS_CODES } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { HttpConnections } from './connections';

const REQUEST_TIMEOUT = 'ERR_HTTP_REQUEST_TIMEOUT';

/** Bytes that are not an HTTP request have the status 400, except for these errors of Node. */
const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  [REQUEST_TIMEOUT]: 408,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  HPE_HEADER_OVERFLOW: 431,
};

/**
 * Answers what is not a request, and closes the connection, as Node does by default. But a connection
 * on which no byte has arrived stays open until its idle timeout: load balancers and browsers open
 * connections in advance, and would lose the request that they send while it is being closed.
 */
export const answerClientErrors = (server: Server, connections: HttpConnections): void => {
  server.on('clientError', ({ code = '' }: NodeJS.ErrnoException, socket: Duplex) => {
    if (!(socket instanceof Socket)) throw new TypeError('HTTP is served over TCP only');
    if (code === REQUEST_TIMEOUT && socket.bytesRead === 0) return;
    if (socket.writable && !connections.isResponding(socket)) {
      const status = STATUS_BY_CODE[code] ?? 400;
      socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\n\r\n`);
    }
    socket.destroy();
  });
};
