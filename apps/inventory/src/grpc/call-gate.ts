import {
  constants,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Server } from '@grpc/grpc-js';
import { Logger } from '@nestjs/common';
import { maxExpandedBytesOf, maxRequestBytesOf } from '@app/contracts';
import { acceptTimeout } from './call-timeout';
import type { ClientAccess } from './client-access';
import { type CallKind, type Connection, noCalls, OpenCall } from './connection';
import { Connections } from './connections';
import type { GrpcLimits } from './grpc-limits';
import { limitHandshakes } from './handshakes';
import { invalid, overloaded, type Rejection } from './rejection';

type StreamListener = (
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  flags: number,
  rawHeaders: readonly string[],
) => void;

/** A `Map`, because an object would make each path of a request one of its names first. */
const KINDS: ReadonlyMap<string, CallKind> = new Map([
  ['/grpc.health.v1.Health/Watch', 'healthWatch'],
  ['/inventory.v1.InventoryService/WatchStock', 'watch'],
  ['/inventory.v1.InventoryService/StreamEvents', 'watch'],
  ['/inventory.v1.InventoryService/GetStock', 'read'],
  ['/inventory.v1.InventoryService/ListStock', 'page'],
  ['/inventory.v1.InventoryService/ListStockMovements', 'page'],
]);

const kindOf = (path: string): CallKind =>
  KINDS.get(path) ?? (path.startsWith('/grpc.reflection.') ? 'reflection' : 'call');

/** A stream that is reset has an error, and without a listener it would end the process. */
const ignoreError = (): void => undefined;

/** Bytes that HTTP/2 counts for a header besides its name and its value. */
const HEADER_OVERHEAD = 32;

/**
 * Bounds what clients occupy before grpc-js builds a call: connections, open calls, and the bytes of
 * requests and unread answers, for each connection, each client address, and in all. grpc-js has none of
 * these limits.
 */
export class CallGate {
  private readonly logger = new Logger(CallGate.name);
  private readonly connections: Connections;
  private readonly openCalls = noCalls();
  private callCount = 0;
  private requestBytes = 0;
  private readonly rejections: ReturnType<typeof rejectionsOf>;

  /** `access` decides which clients may call; without it all may. */
  constructor(
    private readonly limits: GrpcLimits,
    private readonly access?: ClientAccess,
  ) {
    this.connections = new Connections(limits.maxConnections);
    this.rejections = rejectionsOf(limits);
  }

  /** Puts the gate before the call handlers of a server that listens. */
  protect(server: Server): void {
    for (const http2Server of http2ServersOf(server)) this.protectHttp2(http2Server);
    setInterval(() => this.check(performance.now()), this.limits.checkIntervalMs).unref();
  }

  private protectHttp2(server: Http2Server): void {
    const listeners = server.listeners('stream') as StreamListener[];
    server.removeAllListeners('stream');
    const guard: StreamListener = (stream, headers, flags, rawHeaders) => {
      if (!this.admit(stream, headers, rawHeaders)) return;
      for (const listener of listeners) listener.call(server, stream, headers, flags, rawHeaders);
    };
    server.on('stream', guard);
    server.on('session', (session) => this.connect(session));
    limitHandshakes(server, this.limits);
  }

  private connect(session: ServerHttp2Session): void {
    const evicted = this.connections.add(session);
    if (evicted) {
      this.logClosing(evicted, 'newer connections need their places');
      evicted.end();
    }
    const count = (): void => {
      const connection = this.connections.get(session);
      if (!connection) return;
      connection.controlFrames += 1;
      if (connection.controlFrames > this.limits.maxControlFrames)
        this.drop(connection, 'it sends too many control frames');
    };
    // Beyond this, Node resets the stream before it builds the headers.
    session.settings({ maxHeaderListSize: 2 * this.limits.maxMetadataBytes });
    session.on('ping', count);
    session.on('remoteSettings', count);
  }

  /** Returns whether grpc-js shall handle the call. Otherwise the call is rejected. */
  private admit(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
  ): boolean {
    stream.on('error', ignoreError);
    const connection = this.connections.get(stream.session);
    if (!connection) {
      stream.close(constants.NGHTTP2_REFUSED_STREAM);
      return false;
    }
    const path = headers[':path'] ?? '';
    const metadataBytes = metadataBytesOf(rawHeaders);
    const firstBytes = metadataBytes + expandedBytesOf(path, headers);
    const call = new OpenCall(stream, kindOf(path), firstBytes, performance.now());
    const rejection =
      this.access?.rejectionOf(connection.session, path) ??
      (metadataBytes > this.limits.maxMetadataBytes
        ? this.rejections.metadata
        : acceptTimeout(headers)
          ? this.rejectionOf(call, connection)
          : this.rejections.timeout);
    if (rejection) {
      this.reject(stream, connection, rejection);
      return false;
    }
    this.open(call, connection, 2 * maxRequestBytesOf(path));
    return true;
  }

  private reject(stream: ServerHttp2Stream, connection: Connection, rejection: Rejection): void {
    this.logger.warn({ client: connection.peer.address }, `Rejected calls: ${rejection.message}`);
    stream.respond(rejection.headers, { endStream: true });
    connection.rejections += 1;
    if (connection.rejections > this.limits.maxRejections)
      this.drop(connection, 'it goes on making calls that are rejected');
  }

  private rejectionOf(call: OpenCall, connection: Connection): Rejection | undefined {
    const { limits, rejections } = this;
    const { kind } = call;
    const { peer } = connection;
    const own = connection.calls.length;
    if (this.isOver(own, this.callCount, limits.maxCalls)) return rejections.calls;
    if (isOverShare(own, peer.calls, limits.maxCallsPerPeer, peer.connections.size))
      return rejections.peer;
    if (connection.unreadBytes > limits.maxUnreadBytesPerConnection) return rejections.unread;
    if (!this.hasRoomFor(call.requestBytes, connection)) return rejections.requestBytes;
    const max = limits.ofKind[kind];
    if (!max) return undefined;
    const ownOfKind = connection.callsOfKind[kind];
    const isOver =
      ownOfKind >= max.perConnection || this.isOver(ownOfKind, this.openCalls[kind], max.inAll);
    return isOver ? REJECTION_BY_KIND[kind] : undefined;
  }

  private isOver(own: number, all: number, max: number): boolean {
    return isOverShare(own, all, max, this.connections.size);
  }

  private open(call: OpenCall, connection: Connection, maxBytes: number): void {
    const { stream } = call;
    const firstBytes = call.requestBytes;
    connection.open(call);
    this.openCalls[call.kind] += 1;
    this.callCount += 1;
    this.requestBytes += firstBytes;
    stream.on('data', ({ length }: Buffer) => {
      call.requestBytes += length;
      connection.requestBytes += length;
      this.requestBytes += length;
      // grpc-js answers a request that is too large, but goes on reading it.
      const isTooLarge = call.requestBytes - firstBytes > maxBytes;
      if (isTooLarge || !this.hasRoomFor(0, connection))
        stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
    });
    // Not `once`, which would add two objects for each call: a stream closes only once.
    stream.on('close', () => {
      connection.close(call);
      this.openCalls[call.kind] -= 1;
      this.callCount -= 1;
      this.requestBytes -= call.requestBytes;
    });
  }

  private hasRoomFor(bytes: number, connection: Connection): boolean {
    const { maxRequestBytes, maxRequestBytesPerConnection } = this.limits;
    const own = connection.requestBytes + bytes;
    if (own > maxRequestBytesPerConnection) return false;
    const isFull = this.requestBytes + bytes > maxRequestBytes;
    // As with calls: connections that have taken more than their share must not keep others out.
    return !isFull || own <= maxRequestBytes / this.connections.size;
  }

  /** Ends what takes too long, and closes the connections with the most unread answers. */
  private check(nowMs: number): void {
    let unreadBytes = 0;
    for (const connection of this.connections.all()) {
      connection.controlFrames = 0;
      connection.rejections = 0;
      connection.unreadBytes = 0;
      for (const call of connection.calls) connection.unreadBytes += this.checkCall(call, nowMs);
      unreadBytes += connection.unreadBytes;
      this.closeIfIdle(connection, nowMs);
    }
    while (unreadBytes > this.limits.maxUnreadBytes) {
      const greedy = this.connections.withMostUnread();
      if (!greedy) return;
      unreadBytes -= greedy.unreadBytes;
      greedy.unreadBytes = 0;
      this.drop(greedy, 'it does not read its answers');
    }
  }

  private closeIfIdle(connection: Connection, nowMs: number): void {
    if (connection.calls.length > 0) connection.lastUseMs = nowMs;
    else if (nowMs - connection.lastUseMs > this.limits.maxIdleMs) connection.endGracefully();
  }

  /** Returns the bytes of the call that its client has not read. */
  private checkCall(call: OpenCall, nowMs: number): number {
    const { requestTimeoutMs, readTimeoutMs } = this.limits;
    const { writableLength } = call.stream;
    if (writableLength !== call.unreadBytes) {
      call.unreadBytes = writableLength;
      call.unreadSinceMs = nowMs;
    }
    const isUnread = writableLength > 0 && nowMs - call.unreadSinceMs > readTimeoutMs;
    const isUnsent = !call.stream.readableEnded && nowMs - call.startedMs > requestTimeoutMs;
    // WatchStock ends such calls by itself, with the position to resume from.
    if (isUnsent || (isUnread && call.kind !== 'watch'))
      call.stream.close(constants.NGHTTP2_CANCEL);
    return writableLength;
  }

  private drop(connection: Connection, why: string): void {
    this.logClosing(connection, why);
    connection.drop();
  }

  private logClosing({ peer }: Connection, why: string): void {
    this.logger.warn({ client: peer.address }, `Closed connections: ${why}`);
  }
}

/**
 * When all places are taken, a connection with less than its share of them still gets one: those that
 * have taken more must not keep it out.
 */
const isOverShare = (own: number, all: number, max: number, connections: number): boolean =>
  all >= max && own >= Math.max(1, max / connections);

/** Takes names and values in turns, as they have arrived. */
const metadataBytesOf = (rawHeaders: readonly string[]): number => {
  let bytes = (rawHeaders.length / 2) * HEADER_OVERHEAD;
  for (const text of rawHeaders) bytes += text.length;
  return bytes;
};

/** A compressed request counts with the size that it may have when it is decompressed. */
const expandedBytesOf = (path: string, headers: IncomingHttpHeaders): number =>
  (headers['grpc-encoding'] ?? 'identity') === 'identity' ? 0 : maxExpandedBytesOf(path);

const rejectionsOf = (limits: GrpcLimits) => ({
  metadata: invalid('metadata', `must be at most ${limits.maxMetadataBytes} bytes`),
  timeout: invalid(
    'grpc-timeout',
    'must be 1 to 8 digits and a unit out of H, M, S, m, u and n, such as 250m',
  ),
  calls: overloaded(`Too many calls are open (${limits.maxCalls}); try again later.`),
  peer: overloaded(`Your address has too many open calls (${limits.maxCallsPerPeer}).`),
  unread: overloaded('Read the answers of earlier calls on this connection first.'),
  requestBytes: overloaded('The requests of open calls take too much memory; try again later.'),
});

const REJECTION_BY_KIND: Partial<Record<CallKind, Rejection>> = {
  healthWatch: overloaded('Too many health watches are open; use one for each service.'),
  reflection: overloaded('Too many reflection calls are open; end the others first.'),
  read: overloaded('Too many levels are being read; read fewer at a time.'),
  page: overloaded('Too many pages are being read; read fewer at a time.'),
};

/** grpc-js has no public way to reach its HTTP/2 servers. */
const http2ServersOf = (server: Server): readonly Http2Server[] => {
  const { http2Servers } = server as unknown as {
    http2Servers?: ReadonlyMap<Http2Server, unknown>;
  };
  const servers = [...(http2Servers?.keys() ?? [])];
  if (servers.length === 0) throw new Error('grpc-js has no http2Servers; adapt CallGate to it');
  return servers;
};
