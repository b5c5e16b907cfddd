import type { Mutant } from './mutant';

const HTTP = 'apps/orders/src/http';
const ADMISSION = `${HTTP}/admission.ts`;
const CONNECTIONS = `${HTTP}/connections.ts`;
const QUEUE = `${HTTP}/burst-queue.ts`;
const INTAKE = `${HTTP}/body-intake.ts`;
const TIMEOUTS = `${HTTP}/server-timeouts.ts`;
const onAdmission = { project: 'unit', tests: 'http/admission.spec' } as const;
const onConnections = { project: 'unit', tests: 'http/server-timeouts.spec' } as const;
const onQueue = { project: 'unit', tests: 'http/burst-queue.spec' } as const;
const onRequests = { project: 'e2e', tests: 'http-requests' } as const;

/** Guards of HTTP: what a client, and all clients together, can take. */
export const HTTP_MUTANTS: readonly Mutant[] = [
  {
    what: 'orders: bound: any number of requests is admitted',
    file: ADMISSION,
    edits: [
      ['return this.writesInFlight < this.limit.current;', 'return this.writesInFlight >= 0;'],
    ],
    ...onAdmission,
    hangs: true,
  },
  {
    what: 'orders: bound: any number of reads is admitted',
    file: ADMISSION,
    edits: [['return this.inFlight[requestClass] < (', 'return -1 < (']],
    ...onAdmission,
    hangs: true,
  },
  {
    what: 'orders: bound: a HEAD of events is admitted as a follower is',
    file: `${HTTP}/request-class.ts`,
    edits: [["if (method !== 'GET') return 'read';", '']],
    ...onAdmission,
    hangs: true,
  },
  {
    what: 'orders: bound: complete requests are admitted without a second look at the places',
    file: ADMISSION,
    edits: [['if (this.queue.isEmpty && this.hasPlaceForWrite) {', 'if (this.queue.isEmpty) {']],
    ...onAdmission,
    hangs: true,
  },
  {
    what: 'orders: bound: a rejected client is read at once again',
    file: ADMISSION,
    edits: [['    socket.pause();\n', '']],
    ...onAdmission,
  },
  {
    what: 'orders: bound: all rejected clients retry at the same time',
    file: ADMISSION,
    edits: [['Math.ceil((this.pausedConnections + 1) / RETRIES_PER_SECOND)', '1']],
    ...onAdmission,
  },
  {
    what: 'orders: bound: a rejected client is paused only when there is nothing more to read',
    file: ADMISSION,
    edits: [['    socket.pause();\n', '    setImmediate(() => socket.pause());\n']],
    ...onAdmission,
  },
  {
    what: 'orders: bound: a client that has left keeps its place in the queue',
    file: ADMISSION,
    edits: [
      ['this.connections.whenEnded(request, response, () => this.queue.remove(place));\n', ''],
    ],
    ...onAdmission,
  },
  {
    what: 'orders: bound: the time in the queue is added to the timeout of the client',
    file: ADMISSION,
    edits: [['      shortenTimeout(write);\n', '']],
    ...onAdmission,
  },
  {
    what: 'orders: bound: a request waits in the queue without end',
    file: QUEUE,
    edits: [['place.value.deadlineMs <= nowMs', 'place.value.deadlineMs <= nowMs - 1e9']],
    ...onQueue,
  },
  {
    what: 'orders: bound: requests are queued that would wait longer than their clients',
    file: QUEUE,
    edits: [['return length <= this.leftPerMs * patienceMs * OPTIMISM;', 'return patienceMs > 0;']],
    ...onQueue,
  },
  {
    what: 'orders: bound: the queue of a burst becomes a standing queue',
    file: QUEUE,
    edits: [['this.nonEmptySinceMs > maxBurstMs', 'this.nonEmptySinceMs > 1e9 * maxBurstMs']],
    ...onQueue,
  },
  {
    what: 'orders: bound: a connection that closes keeps the places of its requests',
    file: CONNECTIONS,
    edits: [
      [
        'for (const exchange of exchanges?.values() ?? []) release(exchange);\n',
        'exchanges?.clear();\n',
      ],
    ],
    project: 'slow',
    tests: 'overload',
  },
  {
    what: 'orders: bound: any number of requests is pipelined',
    file: CONNECTIONS,
    edits: [['exchanges.size >= this.limits.maxPipelined', 'exchanges.size < 0']],
    ...onConnections,
  },
  {
    what: 'orders: bound: any number of connections is open',
    file: CONNECTIONS,
    edits: [['this.open.size >= this.limits.maxConnections', 'this.open.size < 0']],
    ...onConnections,
  },
  {
    what: 'orders: bound: a new connection replaces one that is being served',
    file: CONNECTIONS,
    edits: [
      [
        '    this.unused.delete(socket);\n    this.idle.delete(socket);\n    this.receiving.delete(socket);\n  }\n\n  /**\n   * Calls',
        '  }\n\n  /**\n   * Calls',
      ],
    ],
    ...onConnections,
  },
  {
    what: 'orders: bound: clients leave any amount of responses unread',
    file: CONNECTIONS,
    edits: [['      response.req.socket.destroy();\n', '']],
    ...onConnections,
  },
  {
    what: 'orders: bound: a response keeps its place until the client has received it',
    file: CONNECTIONS,
    edits: [['    afterEnd(response, () => this.complete(socket, exchange));\n', '']],
    ...onConnections,
  },
  {
    what: 'orders: bound: requests behind a stream are served',
    file: CONNECTIONS,
    edits: [[' || hasStream(exchanges)', '']],
    ...onConnections,
  },
  {
    what: 'orders: bound: a stream that has ended keeps its place until the client has received it',
    file: `${HTTP}/event-stream.ts`,
    edits: [['  afterEnd(response, finish);\n', '']],
    project: 'unit',
    tests: 'http/event-stream.spec',
  },
  {
    what: 'orders: bound: the rest of a request is discarded without end',
    file: CONNECTIONS,
    edits: [['() => request.socket.destroy()', '() => undefined']],
    ...onConnections,
  },
  {
    what: 'orders: an idle connection is closed when it says so, with a request on its way',
    file: CONNECTIONS,
    edits: [['    socket.setTimeout(this.limits.closeDelayMs);\n', '    socket.destroy();\n']],
    ...onConnections,
  },
  {
    what: 'orders: a connection without a request is answered 408',
    file: `${HTTP}/client-errors.ts`,
    edits: [['if (error.code === REQUEST_TIMEOUT && socket.bytesRead === 0) return;\n', '']],
    ...onConnections,
  },
  {
    what: 'orders: an error is written into the middle of a response',
    file: `${HTTP}/client-errors.ts`,
    edits: [['socket.writable && !connections.isResponding(socket)', 'socket.writable']],
    ...onConnections,
  },
  {
    what: 'orders: bound: a client that does not read its response keeps its place',
    file: TIMEOUTS,
    edits: [['  server.timeout = timeouts.idleTimeoutMs;\n', '']],
    ...onConnections,
  },
  {
    what: 'orders: bound: slow requests are looked for every 30 s only',
    file: TIMEOUTS,
    edits: [['      connectionsCheckingInterval: CHECK_INTERVAL_MS,\n', '']],
    ...onConnections,
  },
  {
    what: 'orders: a client that ends its side of the connection gets no response',
    file: TIMEOUTS,
    edits: [['httpAllowHalfOpen: true', 'httpAllowHalfOpen: false']],
    ...onConnections,
  },
  {
    what: 'orders: a stream does not end when its client ends its side of the connection',
    file: 'apps/orders/src/http/event-stream.ts',
    edits: [["const events = ['close', 'end'] as const;", "const events = ['close'] as const;"]],
    ...onRequests,
  },
  {
    what: 'orders: a body beyond the limit is answered only after its end',
    file: INTAKE,
    edits: [
      [
        '      answerUnread(request, response, payloadTooLarge());\n',
        '      response.emit("x", payloadTooLarge(), answerUnread);\n',
      ],
    ],
    ...onRequests,
  },
  {
    what: 'orders: bound: unfinished bodies take any amount of memory',
    file: INTAKE,
    edits: [
      ['if (this.totalBytes <= MAX_BUFFERED_BYTES) return;', 'if (MAX_BUFFERED_BYTES) return;'],
    ],
    project: 'unit',
    tests: 'http/body-intake.spec',
  },
  {
    what: 'orders: bound: a body has any number of values',
    file: 'libs/errors/src/validation.pipe.ts',
    edits: [['if (count > max) return false;', 'if (count < 0) return false;']],
    project: 'unit',
    tests: 'validation.pipe',
  },
  {
    what: 'orders: bound: streams are counted after the first read of the database',
    file: 'apps/orders/src/timeline/timeline.service.ts',
    edits: [
      [
        'const ended = this.admit(caller, closed);\n',
        'await this.list(orderId);\n    const ended = this.admit(caller, closed);\n',
      ],
    ],
    project: 'unit',
    tests: 'timeline.service',
  },
  {
    what: 'orders: the stream of a finished order waits for a final event',
    file: 'apps/orders/src/timeline/timeline.service.ts',
    edits: [['if (isFinished && events.length === 0) return;\n', '']],
    project: 'unit',
    tests: 'timeline.service',
    hangs: true,
  },
];
