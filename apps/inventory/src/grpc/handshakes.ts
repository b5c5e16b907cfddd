import type { Http2Server } from 'node:http2';
import type { Socket } from 'node:net';
import type { GrpcLimits } from './grpc-limits';

/** Identifies an open connection to one server. */
const endpointOf = ({ remoteAddress, remotePort }: Socket): string =>
  `${remoteAddress} ${remotePort}`;

/**
 * Bounds the connections of a server with TLS that are not connections of HTTP/2 yet: they take memory
 * before the client has shown a certificate. One that takes too long is closed, and one too many closes the
 * one that has taken longest. Node's own limit is two minutes, and grpc-js has no setting for it. A server
 * without TLS has no handshakes, so nothing changes for it.
 */
export const limitHandshakes = (
  server: Http2Server,
  { maxHandshakes, handshakeTimeoutMs }: Pick<GrpcLimits, 'maxHandshakes' | 'handshakeTimeoutMs'>,
): void => {
  if (!('setSecureContext' in server)) return;
  /** In the order in which they began. */
  const waiting = new Map<string, { readonly socket: Socket; readonly timer: NodeJS.Timeout }>();
  const forget = (endpoint: string): void => {
    clearTimeout(waiting.get(endpoint)?.timer);
    waiting.delete(endpoint);
  };
  server.on('connection', (socket: Socket) => {
    const [oldest] = waiting.size >= maxHandshakes ? waiting.values() : [];
    oldest?.socket.destroy();
    const endpoint = endpointOf(socket);
    const timer = setTimeout(() => socket.destroy(), handshakeTimeoutMs).unref();
    waiting.set(endpoint, { socket, timer });
    // Its end is not always an end of the handshake.
    socket.once('close', () => {
      if (waiting.get(endpoint)?.socket === socket) forget(endpoint);
    });
  });
  server.on('secureConnection', (socket: Socket) => forget(endpointOf(socket)));
};
