import type { Mutant } from './mutant';

const GRPC = 'apps/inventory/src/grpc';
const GATE = `${GRPC}/call-gate.ts`;
const CONNECTIONS = `${GRPC}/connections.ts`;
const CHECK = `${GRPC}/request-check.ts`;
const SCANNER = 'libs/contracts/src/wire/request-scanner.ts';
const QUOTA = 'apps/inventory/src/watch/sku-quota.ts';
const onGate = { project: 'unit', tests: 'grpc/call-gate' } as const;
const onScanner = { project: 'unit', tests: 'wire/request-scanner' } as const;
const onAttacks = { project: 'long', tests: 'grpc-attacks' } as const;
const onRequests = { project: 'e2e', tests: 'bad-grpc-requests' } as const;
const onVariables = { project: 'slow', tests: 'library-variables' } as const;
const onQuota = { project: 'unit', tests: 'watch/sku-quota' } as const;
const onLog = { project: 'unit', tests: 'runtime/src/(outage-log|log-limiter)' } as const;

/** Guards of what the clients of the gRPC server may occupy. */
export const GRPC_MUTANTS: readonly Mutant[] = [
  {
    what: 'grpc: request: the entries of a list are not counted',
    file: SCANNER,
    edits: [['return count <= max || ', 'return count <= Infinity || ']],
    ...onScanner,
  },
  {
    what: 'grpc: request: its fields are not counted',
    file: SCANNER,
    edits: [['(this.fieldsLeft -= 1) < 0', 'this.fieldsLeft < 0']],
    ...onScanner,
  },
  {
    what: 'grpc: request: numbers in packed form are not counted',
    file: SCANNER,
    edits: [['      if (!this.count(list)) return false;\n', '']],
    ...onScanner,
  },
  {
    what: 'grpc: request: text may be anything',
    file: SCANNER,
    edits: [['field.isText && !this.isText(valueEnd)', 'field.isText && this.fieldsLeft < 0']],
    ...onScanner,
  },
  {
    what: 'grpc: request: it is decoded unchecked',
    file: CHECK,
    edits: [['if (this.fault) throw new Error(this.fault.fault);', '']],
    ...onAttacks,
  },
  {
    what: 'grpc: request: all methods take as many bytes as a batch',
    file: CHECK,
    edits: [['internals.decoder.maxReadMessageLength = maxBytes;', '']],
    ...onRequests,
  },
  {
    what: 'grpc: request: a fault of the encoding is an internal error',
    file: CHECK,
    edits: [
      ['return fault ? grpcStatusOf(ServiceError.invalid([fault])) : status;', 'return status;'],
    ],
    ...onRequests,
  },
  {
    what: 'grpc: calls: a client may open any number',
    file: GATE,
    edits: [['      return rejections.peer;\n', '      return undefined;\n']],
    ...onGate,
  },
  {
    what: 'grpc: calls: greedy connections keep out those with few calls',
    file: GATE,
    edits: [
      [
        'all >= max && own >= Math.max(1, max / connections)',
        'all >= max && connections > 0 && own >= 0',
      ],
    ],
    ...onGate,
  },
  {
    what: 'grpc: calls: costly ones have no limit of their own',
    file: GATE,
    edits: [
      [
        'return isOver ? REJECTION_BY_KIND[kind] : undefined;',
        'return isOver ? undefined : REJECTION_BY_KIND.call;',
      ],
    ],
    ...onGate,
  },
  {
    what: 'grpc: calls: those that have ended keep their places',
    file: GATE,
    edits: [['      this.callCount -= 1;\n', '']],
    ...onGate,
  },
  {
    what: 'grpc: calls: a client may go on although it is rejected',
    file: GATE,
    edits: [
      ['connection.rejections > this.limits.maxRejections', 'connection.rejections > Infinity'],
    ],
    ...onGate,
    hangs: true,
  },
  {
    what: 'grpc: bytes: a request may take forever',
    file: GATE,
    edits: [['if (isUnsent || (isUnread', 'if ((isUnsent && isUnread) || (isUnread']],
    ...onGate,
    hangs: true,
  },
  {
    what: 'grpc: bytes: requests in progress are not counted',
    file: GATE,
    edits: [['      connection.requestBytes += length;\n', '']],
    ...onGate,
    hangs: true,
  },
  {
    what: 'grpc: bytes: a compressed request counts with its compressed size',
    file: GATE,
    edits: [
      [
        "=== 'identity' ? 0 : maxExpandedBytesOf(path)",
        "=== 'identity' ? 0 : 0 * maxExpandedBytesOf(path)",
      ],
    ],
    ...onGate,
    hangs: true,
  },
  {
    what: 'grpc: bytes: a client may go on sending after its answer',
    file: GATE,
    edits: [
      [
        'if (isTooLarge || !this.hasRoomFor',
        'if ((isTooLarge && maxBytes < 0) || !this.hasRoomFor',
      ],
    ],
    ...onGate,
    hangs: true,
  },
  {
    what: 'grpc: answers: one may stay unread forever',
    file: GATE,
    edits: [["(isUnread && call.kind !== 'watch')", "(isUnread && call.kind === 'watch')"]],
    ...onGate,
  },
  {
    what: 'grpc: answers: a connection with unread ones gets more',
    file: GATE,
    edits: [
      [
        'if (connection.unreadBytes > limits.maxUnreadBytesPerConnection) return rejections.unread;',
        '',
      ],
    ],
    ...onGate,
  },
  {
    what: 'grpc: answers: any number of bytes may be unread',
    file: GATE,
    edits: [['while (unreadBytes > this.limits.maxUnreadBytes)', 'while (unreadBytes > Infinity)']],
    ...onGate,
    hangs: true,
  },
  {
    what: 'grpc: connections: control frames are not counted',
    file: GATE,
    edits: [["    session.on('ping', count);\n", '']],
    ...onGate,
    hangs: true,
  },
  {
    what: 'grpc: connections: any number may be open',
    file: CONNECTIONS,
    edits: [
      [
        'this.bySession.size < this.maxConnections ? undefined',
        'this.bySession.size < Infinity ? undefined',
      ],
    ],
    ...onGate,
    hangs: true,
  },
  {
    what: 'grpc: connections: a new one takes the place of one with calls',
    file: CONNECTIONS,
    edits: [
      [
        'a.worth === b.worth ? a.lastUseMs < b.lastUseMs',
        'a.worth >= 0 ? a.lastUseMs < b.lastUseMs',
      ],
    ],
    ...onGate,
    hangs: true,
  },
  {
    what: 'grpc: connections: those without calls stay',
    file: GATE,
    edits: [
      ['nowMs - connection.lastUseMs > this.limits.maxIdleMs', 'connection.lastUseMs > Infinity'],
    ],
    ...onGate,
    hangs: true,
  },
  {
    what: 'grpc: watch: unknown SKUs take the places of known ones',
    file: QUOTA,
    edits: [
      [
        'const knownBefore = this.watches.size - this.unknown.size;',
        'const knownBefore = this.watches.size + maxKnown * this.unknown.size;',
      ],
    ],
    ...onQuota,
  },
  {
    what: 'grpc: watch: one client may watch all SKUs that can be watched',
    file: QUOTA,
    edits: [
      ['return this.byPeer.get(peer)?.exceeds(', 'return this.byPeer.get(`no ${peer}`)?.exceeds('],
    ],
    ...onQuota,
  },
  {
    what: 'grpc: connections: they never expire, so a new instance gets no calls',
    file: 'apps/inventory/src/grpc-server.ts',
    edits: [['MAX_CONNECTION_AGE_SECONDS * 1_000,', 'MAX_CONNECTION_AGE_SECONDS * 1_000_000,']],
    project: 'slow',
    tests: 'inventory-balancing',
  },
  {
    what: 'grpc: connections: silent ones stay',
    file: 'apps/inventory/src/grpc-server.ts',
    edits: [['INVENTORY_KEEPALIVE_SECONDS * 1_000', 'INVENTORY_KEEPALIVE_SECONDS * 1_000_000']],
    ...onAttacks,
  },
  {
    what: 'grpc: client: a proxy takes the calls',
    file: 'libs/contracts/src/grpc-client.ts',
    edits: [["'grpc.enable_http_proxy': 0", "'grpc.enable_http_proxy': 1"]],
    ...onVariables,
  },
  {
    what: 'config: variables of libraries decide about connections',
    file: 'libs/config/src/library-variables.ts',
    edits: [['Reflect.deleteProperty(env, name);', 'Reflect.has(env, name);']],
    ...onVariables,
  },
  {
    what: 'log: an outage that flaps is logged each time',
    file: 'libs/runtime/src/outage-log.ts',
    edits: [['this.writtenAtMs.length < MAX_LINES', 'this.writtenAtMs.length < MAX_LINES * 1_000']],
    ...onLog,
  },
  {
    what: 'log: the state after a flapping outage is not logged',
    file: 'libs/runtime/src/outage-log.ts',
    edits: [
      [
        'if (this.isUp !== this.loggedIsUp || this.unloggedOutages > 0)',
        'if (this.isUp !== this.loggedIsUp && this.unloggedOutages < 0)',
      ],
    ],
    ...onLog,
  },
  {
    what: 'log: a line may repeat without limit',
    file: 'libs/runtime/src/log-limiter.ts',
    edits: [['if (current.written >= MAX_LINES)', 'if (current.written >= MAX_LINES * 1_000)']],
    ...onLog,
  },
];
