import { connect, type Socket } from 'node:net';

export interface HttpAnswer {
  /** 0 where there was no answer; the body is then the error. */
  readonly status: number;
  readonly body: string;
  /** What a 503 asks for in `Retry-After`. */
  readonly retryAfterMs: number;
}

const REQUEST_TIMEOUT_MS = 20_000;
const END_OF_HEAD = '\r\n\r\n';
const END_OF_CHUNKS = '0\r\n\r\n';
const CONNECTION_CLOSE = '\r\nConnection: close';

/**
 * A minimal HTTP/1.1 client: one kept-open socket, one request in flight, prepared bytes. The clients
 * share the processor with the services under load, and node:http costs several times as much per
 * request. It understands what the services and the baselines send (a Content-Length or chunks).
 */
export class HttpConnection {
  private received = '';
  private resolve: ((answer: HttpAnswer) => void) | undefined;
  private reject: ((error: Error) => void) | undefined;
  private lost: Error | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.setEncoding('latin1');
    socket.setTimeout(REQUEST_TIMEOUT_MS, () => socket.destroy(new Error('timeout')));
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

  get isOpen(): boolean {
    return this.lost === undefined;
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
    const { received } = this;
    const answer = parse(received);
    if (!answer) return;
    this.received = '';
    if (received.includes(CONNECTION_CLOSE)) this.lost = new Error('The server closes it');
    this.resolve?.(answer);
  }

  private lose(error: Error): void {
    this.lost ??= error;
    this.reject?.(error);
  }
}

/** Returns undefined until the answer is complete. */
const parse = (received: string): HttpAnswer | undefined => {
  const endOfHead = received.indexOf(END_OF_HEAD);
  if (endOfHead < 0) return undefined;
  const status = Number(received.slice(9, 12));
  const start = endOfHead + END_OF_HEAD.length;
  const length = numberIn(received, endOfHead, '\r\nContent-Length: ');
  const isComplete =
    length === undefined ? received.endsWith(END_OF_CHUNKS) : received.length >= start + length;
  if (!isComplete) return undefined;
  const retryAfter = status === 503 ? (numberIn(received, endOfHead, '\r\nRetry-After: ') ?? 0) : 0;
  return { status, body: received.slice(start), retryAfterMs: retryAfter * 1_000 };
};

const numberIn = (received: string, endOfHead: number, header: string): number | undefined => {
  const found = received.indexOf(header);
  if (found < 0 || found > endOfHead) return undefined;
  const from = found + header.length;
  return Number(received.slice(from, received.indexOf('\r\n', from)));
};
