import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { eventually } from './wait';

/** A TCP connection that sends bytes as they are, and keeps what it receives. */
export class RawConnection {
  received = '';
  /** The server has ended its side, or the connection is closed. */
  isEnded = false;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    for (const event of ['end', 'close']) socket.on(event, () => (this.isEnded = true));
  }

  /** Opens a connection to host:port, which the client's side keeps open after the server's end. */
  static async open(address: string): Promise<RawConnection> {
    const [host, port] = address.split(':');
    const socket = connect({ host, port: Number(port), allowHalfOpen: true });
    const connection = new RawConnection(socket);
    await once(socket, 'connect');
    return connection;
  }

  send(bytes: string | Buffer): this {
    this.socket.write(bytes);
    return this;
  }

  /** Resolves with everything received as soon as it matches. */
  async until(pattern: RegExp, timeoutMs?: number): Promise<string> {
    await eventually(`${pattern} is received`, () => pattern.test(this.received), timeoutMs);
    return this.received;
  }

  untilEnd(timeoutMs?: number): Promise<unknown> {
    return eventually('the server ends the connection', () => this.isEnded, timeoutMs);
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Returns a request as text. */
export const rawRequest = (
  line: string,
  { headers = [], body = '' }: { headers?: readonly string[]; body?: string } = {},
): string => {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return [`${line} HTTP/1.1`, 'Host: localhost', ...length, ...headers, '', body].join('\r\n');
};
