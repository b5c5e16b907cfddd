import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEnd } from './after-end';
import { classOf } from './request-class';

export interface ConnectionLimits {
  /** Open connections. Beyond them a new connection replaces one for which there is no work. */
  readonly maxConnections: number;
  /** Unanswered requests of one connection. A client that pipelines more is disconnected. */
  readonly maxPipelined: number;
  /** How long an idle connection stays open after its timeout, for a request that is on its way. */
  readonly closeDelayMs: number;
  /** How long the rest of a request is read and discarded after its response. */
  readonly lingerMs: number;
  /** What clients have not read of their responses, in all. Beyond it the slowest are disconnected. */
  readonly maxUnreadBytes: number;
}

/** How often the unread bytes are counted. In this time the database cannot return much. */
const COUNT_INTERVAL_MS = 50;

type Callback = () => void;

interface Exchange {
  readonly beganMs: number;
  /** What to call when its handler has ended the response. */
  readonly callbacks: Callback[];
}

/** The unanswered requests of a connection. */
type Exchanges = Map<ServerResponse, Exchange>;

/**
 * Knows what each connection of a server is doing, and bounds what one client and all clients together
 * can hold. A slow or silent client never takes the place of others: at the limit, a new connection
 * replaces the oldest one that has sent no complete request, or else the one that has been idle for
 * longest, or else the one whose client has been receiving for longest. Health checks therefore always find
 * a connection.
 */
export class HttpConnections {
  private readonly open = new Map<Socket, Exchanges>();
  /** Connections that have not sent a complete request yet, oldest first. */
  private readonly unused = new Set<Socket>();
  /** Connections that serve no complete request, those that have been idle for longest first. */
  private readonly idle = new Set<Socket>();
  /** Connections whose responses are all complete and not received yet, those that began first first. */
  private readonly receiving = new Set<Socket>();
  /** Idle connections whose timeout has passed. */
  private readonly closing = new WeakSet<Socket>();
  private counting: NodeJS.Timeout | undefined;

  constructor(private readonly limits: ConnectionLimits) {}

  /** Tracks the connections of a server, and closes those that time out. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.add(socket));
    server.on('timeout', (socket: Socket) => this.timeOut(socket));
  }

  /**
   * Registers a request whose headers have arrived. Returns false if its connection is disconnected, also
   * because the request came behind a stream: nothing could be sent before the stream ends.
   */
  begin({ socket }: IncomingMessage, response: ServerResponse): boolean {
    const exchanges = this.open.get(socket);
    if (!exchanges || socket.destroyed) return false;
    if (exchanges.has(response)) return true;
    if (exchanges.size >= this.limits.maxPipelined || hasStream(exchanges)) {
      socket.destroy();
      return false;
    }
    this.closing.delete(socket);
    const exchange: Exchange = { beganMs: performance.now(), callbacks: [] };
    exchanges.set(response, exchange);
    afterEnd(response, () => this.complete(socket, exchange));
    this.counting ??= setTimeout(() => this.disconnectSlowest(), COUNT_INTERVAL_MS).unref();
    // Not `once`, which would add two objects for each request: a response closes only once.
    response.on('close', () => this.end(socket, response));
    return true;
  }

  /** Keeps the connection of a request open at the limit: its request is complete and is being served. */
  occupy({ socket }: IncomingMessage): void {
    this.unused.delete(socket);
    this.idle.delete(socket);
    this.receiving.delete(socket);
  }

  /**
   * Calls `done` once, when the handler has ended the response or the connection has closed. It does not wait
   * for the client to receive the response, which may come behind others on its connection: places are for
   * work, and the limit of unread bytes is for what is done.
   */
  whenEnded({ socket }: IncomingMessage, response: ServerResponse, done: Callback): void {
    const exchange = this.open.get(socket)?.get(response);
    if (exchange && !response.writableEnded) exchange.callbacks.push(done);
    else done();
  }

  /** Whether a part of a response has been sent that is not complete. */
  isResponding(socket: Socket): boolean {
    const responses = [...(this.open.get(socket)?.keys() ?? [])];
    return responses.some(({ headersSent }) => headersSent);
  }

  /** Closes the connections that have no unanswered request. */
  closeIdle(): void {
    for (const [socket, exchanges] of this.open) if (exchanges.size === 0) socket.destroy();
  }

  private add(socket: Socket): void {
    if (this.open.size >= this.limits.maxConnections) {
      const replaceable = [this.unused, this.idle, this.receiving].find(({ size }) => size > 0);
      const [replaced = socket] = replaceable ?? [];
      for (const sockets of [this.unused, this.idle, this.receiving]) sockets.delete(replaced);
      replaced.destroy();
    }
    // Each request of a connection may wait for its end.
    socket.setMaxListeners(2 * this.limits.maxPipelined);
    this.open.set(socket, new Map());
    this.unused.add(socket);
    socket.once('close', () => this.remove(socket));
  }

  /** The handler has ended a response, which its client may not have received yet. */
  private complete(socket: Socket, exchange: Exchange): void {
    release(exchange);
    const exchanges = this.open.get(socket);
    if (!exchanges || exchanges.size === 0) return;
    for (const { writableEnded } of exchanges.keys()) if (!writableEnded) return;
    this.receiving.add(socket);
  }

  private end(socket: Socket, response: ServerResponse): void {
    const exchanges = this.open.get(socket);
    const exchange = exchanges?.get(response);
    if (!exchanges || !exchange) return;
    exchanges.delete(response);
    release(exchange);
    if (exchanges.size > 0) return;
    this.occupy(response.req);
    this.idle.add(socket);
    if (!response.req.complete && !socket.destroyed) this.linger(response.req);
  }

  private remove(socket: Socket): void {
    const exchanges = this.open.get(socket);
    this.open.delete(socket);
    for (const sockets of [this.unused, this.idle, this.receiving]) sockets.delete(socket);
    for (const exchange of exchanges?.values() ?? []) release(exchange);
  }

  /** Node discards the rest of a request after its response, as long as the client sends it. */
  private linger(request: IncomingMessage): void {
    const timer = setTimeout(() => request.socket.destroy(), this.limits.lingerMs).unref();
    request.once('close', () => clearTimeout(timer));
  }

  /** Disconnects the clients that have been reading for longest until the others are within the limit. */
  private disconnectSlowest(): void {
    const unread = [...this.open.values()]
      .flatMap((exchanges) => [...exchanges])
      .map(([response, { beganMs }]) => ({ response, beganMs, bytes: response.writableLength }));
    let totalBytes = unread.reduce((sum, { bytes }) => sum + bytes, 0);
    if (totalBytes > this.limits.maxUnreadBytes) unread.sort((a, b) => a.beganMs - b.beganMs);
    for (const { response, bytes } of unread) {
      if (totalBytes <= this.limits.maxUnreadBytes) break;
      if (bytes === 0) continue;
      totalBytes -= bytes;
      response.req.socket.destroy();
    }
    this.counting =
      unread.length > 0
        ? setTimeout(() => this.disconnectSlowest(), COUNT_INTERVAL_MS).unref()
        : undefined;
  }

  /**
   * Closes a connection that has been idle for its timeout, but later than the `Keep-Alive` header says:
   * a request that the client sends just before that time is still answered.
   */
  private timeOut(socket: Socket): void {
    const isIdle = this.open.get(socket)?.size === 0 && !this.closing.has(socket);
    if (!isIdle) {
      socket.destroy();
      return;
    }
    this.closing.add(socket);
    socket.setTimeout(this.limits.closeDelayMs);
  }
}

const release = ({ callbacks }: Exchange): void => {
  for (const done of callbacks.splice(0)) done();
};

/** Whether a stream is open, or about to be. */
const hasStream = (exchanges: Exchanges): boolean => {
  for (const { req, writableEnded } of exchanges.keys())
    if (!writableEnded && classOf(req) === 'stream') return true;
  return false;
};
