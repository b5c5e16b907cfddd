import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type ClientSessionOptions,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectTcp, type Socket } from 'node:net';

export const INVENTORY = '/inventory.v1.InventoryService';

/** Puts the five bytes of gRPC before a message. */
export const framed = (message: Uint8Array, isCompressed = false): Buffer => {
  const head = Buffer.alloc(5);
  head.writeUInt8(Number(isCompressed), 0);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

/** How a call ended, as its client saw it. */
export interface RawEnd {
  /** `grpc-status`, or `reset` with the code of HTTP/2 if there is none. */
  readonly status: string;
  readonly message: string;
}

/** An HTTP/2 client without the rules of a gRPC library. */
export class HostileClient {
  private constructor(readonly session: ClientHttp2Session) {
    session.on('error', () => undefined);
  }

  static async connect(
    address: string,
    options: ClientSessionOptions = {},
  ): Promise<HostileClient> {
    const client = new HostileClient(connect(`http://${address}`, options));
    await once(client.session, 'connect');
    return client;
  }

  /** Begins a call. The caller sends the request, or never does. */
  open(path: string, headers: OutgoingHttpHeaders = {}): ClientHttp2Stream {
    const stream = this.session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...headers,
    });
    stream.on('error', () => undefined);
    return stream;
  }

  /** Makes a call and waits for its end. */
  async call(path: string, body: Uint8Array, headers: OutgoingHttpHeaders = {}): Promise<RawEnd> {
    const stream = this.open(path, headers);
    const end = endOf(stream);
    stream.end(body);
    return end;
  }

  close(): void {
    this.session.destroy();
  }
}

/** Resolves when the stream has closed. Reads and discards its data. */
export const endOf = (stream: ClientHttp2Stream): Promise<RawEnd> =>
  new Promise((resolve) => {
    let found: IncomingHttpHeaders = {};
    const remember = (headers: IncomingHttpHeaders): void => {
      if (headers['grpc-status'] !== undefined) found = headers;
    };
    stream.on('response', remember);
    stream.on('trailers', remember);
    stream.resume();
    stream.once('close', () =>
      resolve({
        status: String(found['grpc-status'] ?? `reset ${stream.rstCode}`),
        message: decodeURI(String(found['grpc-message'] ?? '')),
      }),
    );
  });

/** Opens a TCP connection and sends bytes as they are. */
export const rawSocket = async (port: number, bytes?: Uint8Array | string): Promise<Socket> => {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  if (bytes !== undefined) socket.write(bytes);
  return socket;
};
