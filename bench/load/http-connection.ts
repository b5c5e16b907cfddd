import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const END_OF_HEAD = '\r\n\r\n';
const END_OF_CHUNKS = '0\r\n\r\n';

/**
 * HTTP/1.1 with as little as will do: a socket that is kept open, one request in flight, bytes that were
 * made beforehand, and of the answer its status and its body. The clients share the processor with what
 * they measure, and node:http takes several times as much for a request as this does. It knows what the
 * services and the peers send (a Content-Length, or chunks to an end), and nothing else.
 */
export class HttpConnection {
  private received = '';
  private resolve: ((answer: HttpAnswer) => void) | undefined;
  private reject: ((error: Error) => void) | undefined;
  private lost: Error | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.receive(text));
    socket.on('error', (error) => this.lose(error));
    socket.on('close', () => this.lose(new Error('The connection was closed')));
  }

  static open(address: string): Promise<HttpConnection> {
    const [host, port] = address.split(':');
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), host);
      socket.once('error', reject);
      socket.once('connect', () => resolve(new HttpConnection(socket)));
    });
  }

  send(bytes: Buffer): Promise<HttpAnswer> {
    if (this.lost) return Promise.reject(this.lost);
    return new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
      this.socket.write(bytes);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(text: string): void {
    this.received = this.received === '' ? text : this.received + text;
    const answer = parse(this.received);
    if (!answer) return;
    this.received = '';
    this.resolve?.(answer);
  }

  private lose(error: Error): void {
    this.lost ??= error;
    this.reject?.(error);
  }
}

/** Undefined while the end is still to come. */
const parse = (received: string): HttpAnswer | undefined => {
  const endOfHead = received.indexOf(END_OF_HEAD);
  if (endOfHead < 0) return undefined;
  const status = Number(received.slice(9, 12));
  const start = endOfHead + END_OF_HEAD.length;
  const length = contentLength(received, endOfHead);
  const isWhole =
    length === undefined ? received.endsWith(END_OF_CHUNKS) : received.length >= start + length;
  return isWhole ? { status, body: received.slice(start) } : undefined;
};

const CONTENT_LENGTH = '\r\nContent-Length: ';

const contentLength = (received: string, endOfHead: number): number | undefined => {
  const found = received.indexOf(CONTENT_LENGTH);
  if (found < 0 || found > endOfHead) return undefined;
  const from = found + CONTENT_LENGTH.length;
  return Number(received.slice(from, received.indexOf('\r\n', from)));
};
