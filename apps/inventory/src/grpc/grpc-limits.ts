import type { CallKind } from './connection';

interface KindLimit {
  readonly perConnection: number;
  readonly inAll: number;
}

/** Limits of what clients may occupy of an instance. */
export interface GrpcLimits {
  readonly maxConnections: number;
  /** Connections whose TLS handshake is in progress. */
  readonly maxHandshakes: number;
  readonly handshakeTimeoutMs: number;
  /** A connection without open calls for longer is closed. */
  readonly maxIdleMs: number;
  /** Calls that are open at the instance. */
  readonly maxCalls: number;
  /** Calls of one client address. Less than half of them all, so that others have room. */
  readonly maxCallsPerPeer: number;
  /** Open calls of the kinds that cost more than others. */
  readonly ofKind: Partial<Record<CallKind, KindLimit>>;
  /** Metadata of one call. */
  readonly maxMetadataBytes: number;
  /** Requests of open calls, with their metadata. */
  readonly maxRequestBytes: number;
  readonly maxRequestBytesPerConnection: number;
  /** Answers that clients have not read. */
  readonly maxUnreadBytes: number;
  readonly maxUnreadBytesPerConnection: number;
  /** Time for sending a request. */
  readonly requestTimeoutMs: number;
  /** Time in which a client must read something of an answer. */
  readonly readTimeoutMs: number;
  /** PING and SETTINGS frames of one connection between two checks. */
  readonly maxControlFrames: number;
  /** Rejected calls of one connection between two checks. */
  readonly maxRejections: number;
  /** Pause between two checks of all open calls. */
  readonly checkIntervalMs: number;
}

const MB = 1_048_576;

export const GRPC_LIMITS: Omit<GrpcLimits, 'maxConnections' | 'maxIdleMs'> = {
  maxHandshakes: 256,
  handshakeTimeoutMs: 5_000,
  maxCalls: 12_000,
  maxCallsPerPeer: 3_000,
  ofKind: {
    healthWatch: { perConnection: 16, inAll: 2_000 },
    // One answer takes about 100 kB.
    reflection: { perConnection: 4, inAll: 16 },
    // A request and its answer have up to 100 entries each.
    read: { perConnection: 256, inAll: 512 },
    // An answer has up to 1,000 entries.
    page: { perConnection: 64, inAll: 128 },
  },
  maxMetadataBytes: 8_192,
  maxRequestBytes: 12 * MB,
  maxRequestBytesPerConnection: 6 * MB,
  maxUnreadBytes: 24 * MB,
  maxUnreadBytesPerConnection: 4 * MB,
  requestTimeoutMs: 30_000,
  readTimeoutMs: 30_000,
  maxControlFrames: 1_000,
  maxRejections: 500,
  checkIntervalMs: 200,
};
