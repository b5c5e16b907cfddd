import type { Mutant } from './mutant';

const ORDER = 'apps/orders/src/order';
const CLIENT = `${ORDER}/reservation.client.ts`;
const ADMISSION = 'apps/orders/src/http/admission.ts';
const REPLY_MAPPING = `${ORDER}/reply-mapping.ts`;
const onClient = { project: 'unit', tests: 'order/reservation(-outage)?.client.spec' } as const;
const onReplies = { project: 'unit', tests: 'reply-mapping.spec' } as const;
const onAdmission = { project: 'unit', tests: 'http/admission.spec' } as const;

/** Guards of admission and of the mapping of replies. */
export const WIRE_MUTANTS: readonly Mutant[] = [
  {
    what: 'orders: bound: any number of requests is admitted',
    file: ADMISSION,
    edits: [['this.inFlight < this.limit.current || ', 'this.inFlight >= 0 || ']],
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
    what: 'orders: bound: a client that disconnects before its body is unpacked keeps its place',
    file: ADMISSION,
    edits: [['    if (socket.destroyed) return;\n', '']],
    project: 'e2e',
    tests: 'overload',
  },
  {
    what: 'orders: bound: a client that does not read its response keeps its place',
    file: 'apps/orders/src/http/server-timeouts.ts',
    edits: [['  server.timeout = idleTimeoutMs;\n', '']],
    project: 'unit',
    tests: 'server-timeouts',
  },
  {
    what: 'orders: bound: streams are counted after the first read of the database',
    file: 'apps/orders/src/timeline/timeline.service.ts',
    edits: [
      [
        'const ended = this.admit(closed);\n',
        'await this.list(orderId);\n    const ended = this.admit(closed);\n',
      ],
    ],
    project: 'unit',
    tests: 'timeline.service',
  },
  {
    what: 'orders: bound: any number of cancels is queued',
    file: CLIENT,
    edits: [
      [
        'customerCalls = bulkhead(MAX_CONCURRENT_CALLS, MAX_QUEUED_CALLS)',
        'customerCalls = bulkhead(MAX_CONCURRENT_CALLS, Infinity)',
      ],
    ],
    ...onClient,
  },
  {
    what: 'orders: bound: any number of cancels is sent at the same time',
    file: CLIENT,
    edits: [
      [
        'customerCalls = bulkhead(MAX_CONCURRENT_CALLS, MAX_QUEUED_CALLS)',
        'customerCalls = bulkhead(10_000, MAX_QUEUED_CALLS)',
      ],
    ],
    ...onClient,
  },
  {
    what: "orders: bound: the reconciler's calls take the places of customers' calls",
    file: CLIENT,
    edits: [['order, deadline, this.reconcilerCalls)', 'order, deadline, this.customerCalls)']],
    ...onClient,
  },
  {
    what: 'orders: replies: a timeout is a rejection',
    file: REPLY_MAPPING,
    edits: [
      ["kind: 'noResponse',\n  reason: status[code]", "kind: 'rejected',\n  reason: status[code]"],
    ],
    ...onReplies,
  },
  {
    what: 'orders: replies: an unavailable database is a rejection',
    file: REPLY_MAPPING,
    edits: [
      [
        "NO_RESPONSE_REASONS.has(reason) ? 'noResponse'",
        "NO_RESPONSE_REASONS.has(`no ${reason}`) ? 'noResponse'",
      ],
    ],
    ...onReplies,
  },
  {
    what: 'orders: replies: any error is an outcome',
    file: REPLY_MAPPING,
    edits: [['if (OUTCOME_REASONS.has(reason)) return', 'if (OUTCOME_REASONS.size > 0) return']],
    ...onReplies,
  },
  {
    what: 'orders: replies: the state of an ended reservation is not read',
    file: REPLY_MAPPING,
    edits: [
      [
        "if (reason === 'RESERVATION_ENDED' && isReservationStateName(state)) return decided(state);",
        '',
      ],
    ],
    ...onReplies,
  },
  {
    what: 'orders: replies: an unknown state is HELD',
    file: REPLY_MAPPING,
    edits: [["{ kind: 'rejected', reason: 'UNKNOWN_STATE' }", "decided('HELD')"]],
    ...onReplies,
  },
];
