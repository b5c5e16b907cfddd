import type { Http2Session, ServerHttp2Session } from 'node:http2';
import { Connection, type Peer } from './connection';

/**
 * The open connections, by session and by client address. When there are too many, the address that has
 * the most loses one: first those without any call, then those without an open call, the longest unused
 * first. So a client that opens many connections takes the places of its own, and not of others.
 */
export class Connections {
  private readonly bySession = new Map<Http2Session, Connection>();
  private readonly peers = new Map<string, Peer>();

  constructor(private readonly maxConnections: number) {}

  /** Adds a connection until it closes. Returns the one that has to go for it. */
  add(session: ServerHttp2Session): Connection | undefined {
    const evicted = this.bySession.size < this.maxConnections ? undefined : this.leastUseful();
    const address = session.socket.remoteAddress ?? '';
    const peer = this.peers.get(address) ?? { address, connections: new Set(), calls: 0 };
    const connection = new Connection(session, peer, performance.now());
    this.peers.set(address, peer);
    peer.connections.add(connection);
    this.bySession.set(session, connection);
    session.once('close', () => this.delete(connection));
    if (evicted) this.delete(evicted);
    return evicted;
  }

  get size(): number {
    return this.bySession.size;
  }

  get(session: Http2Session | undefined): Connection | undefined {
    return session && this.bySession.get(session);
  }

  all(): Iterable<Connection> {
    return this.bySession.values();
  }

  /** Returns the connection with the most unread bytes, if one has any. */
  withMostUnread(): Connection | undefined {
    let most: Connection | undefined;
    for (const connection of this.bySession.values()) {
      if (connection.unreadBytes > (most?.unreadBytes ?? 0)) most = connection;
    }
    return most;
  }

  private delete(connection: Connection): void {
    const { session, peer } = connection;
    if (!this.bySession.delete(session)) return;
    peer.connections.delete(connection);
    if (peer.connections.size === 0) this.peers.delete(peer.address);
  }

  private leastUseful(): Connection | undefined {
    let largest: Peer | undefined;
    for (const peer of this.peers.values()) {
      if (peer.connections.size > (largest?.connections.size ?? 0)) largest = peer;
    }
    let least: Connection | undefined;
    for (const connection of largest?.connections ?? []) {
      if (!least || isLessUseful(connection, least)) least = connection;
    }
    return least;
  }
}

const isLessUseful = (a: Connection, b: Connection): boolean =>
  a.worth === b.worth ? a.lastUseMs < b.lastUseMs : a.worth < b.worth;
