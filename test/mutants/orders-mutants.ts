import type { Mutant } from './mutant';

const ORDER = 'apps/orders/src/order';
const SERVICE = `${ORDER}/order.service.ts`;
const REPOSITORY = `${ORDER}/order.repository.ts`;
const RECONCILIATION = `${ORDER}/reconciliation.service.ts`;
const TRANSITION = `${ORDER}/order-transition.ts`;
const INVENTORY = 'apps/orders/src/inventory';
const CLIENT = `${ORDER}/reservation.client.ts`;
const AVAILABILITY = `${INVENTORY}/inventory-availability.ts`;
const CHANNEL = `${INVENTORY}/inventory-channel.module.ts`;
const ADMISSION = 'apps/orders/src/http/admission.ts';
const REPLY_MAPPING = `${ORDER}/reply-mapping.ts`;

const onService = { project: 'db', tests: 'order.service.db' } as const;
const onRepository = { project: 'db', tests: 'order.db' } as const;
const onClient = { project: 'unit', tests: 'reservation.client.spec' } as const;
const onAvailability = { project: 'unit', tests: 'inventory-availability.spec' } as const;
const onReplies = { project: 'unit', tests: 'reply-mapping.spec' } as const;
const onAdmission = { project: 'unit', tests: 'http/admission.spec' } as const;
const onTransitions = { project: 'unit', tests: 'order/order-transition.spec' } as const;

const PLACING: readonly Mutant[] = [
  {
    what: 'orders: Inventory is called before the order is written',
    file: SERVICE,
    edits: [
      [
        'const placed = await this.inserts\n',
        'await this.processor.advance(pendingOrder(order, new Date()), deadline);\n    const placed = await this.inserts\n',
      ],
    ],
    ...onService,
  },
  {
    what: 'orders: a decision that cannot be written is an error for the customer',
    file: SERVICE,
    edits: [
      [
        "'A decision was not written; the reconciler will retry');\n      return order;",
        "'A decision was not written; the reconciler will retry');\n      throw error;",
      ],
    ],
    ...onService,
  },
  {
    what: 'orders: key: the insert does not check whether it was used',
    file: REPOSITORY,
    edits: [
      ['on conflict (user_id, idempotency_key) where idempotency_key is not null do nothing', ''],
    ],
    ...onRepository,
  },
  {
    what: 'orders: key: rows are inserted in any order of their keys',
    file: REPOSITORY,
    edits: [['order by user_id, key', 'order by random()']],
    ...onRepository,
  },
  {
    what: 'orders: key: it is shared by all customers',
    file: SERVICE,
    edits: [
      ['JSON.stringify([userId, idempotencyKey])', 'JSON.stringify([!userId, idempotencyKey])'],
    ],
    ...onService,
  },
  {
    what: 'orders: key: a request with other contents repeats the order',
    file: SERVICE,
    edits: [['placed.isRepeated && !isSameOrder(', '!placed.isRepeated && !isSameOrder(']],
    ...onService,
  },
  {
    what: 'orders: key: a request with fewer items repeats the order',
    file: `${ORDER}/order.ts`,
    edits: [['order.items.length === original.items.length', 'order.items.length > 0']],
    ...onService,
  },
  {
    what: 'orders: key: a request with another note repeats the order',
    file: `${ORDER}/order.ts`,
    edits: [['order.note === original.note', "order.note !== ''"]],
    ...onService,
  },
  {
    what: 'orders: key: a repeat leaves a PENDING order as it is',
    file: SERVICE,
    edits: [
      [
        "if (placed.order.status !== 'PENDING') return placed;",
        "if (placed.order.status !== 'PENDING' || placed.isRepeated) return placed;",
      ],
    ],
    ...onService,
  },
];

const MOVES: readonly Mutant[] = [
  {
    what: 'orders: CAS: a transition is written from any status',
    file: REPOSITORY,
    edits: [
      [
        'where o.id = transition.id and o.status = transition.expected',
        'where o.id = transition.id',
      ],
    ],
    ...onRepository,
  },
  {
    what: 'orders: CAS: a cancel and a fulfill that race both succeed',
    file: REPOSITORY,
    edits: [
      [
        'where o.id = transition.id and o.status = transition.expected',
        'where o.id = transition.id',
      ],
    ],
    ...onService,
  },
  {
    what: 'orders: order of locks: transitions lock their orders in any order',
    file: REPOSITORY,
    edits: [['order by id for update)', 'order by random() for update)']],
    ...onRepository,
  },
  {
    what: 'orders: a request that lost a race returns the order as it read it',
    file: SERVICE,
    edits: [
      [
        'if (!moved) return this.requestTransition(id, request, deadline);',
        'if (!moved) return order;',
      ],
    ],
    ...onService,
  },
  {
    what: 'orders: a request succeeds though its reservation was ended the other way',
    file: SERVICE,
    edits: [
      [
        "if (TRANSITIONS_ON_REQUEST[request][advanced.status] === 'rejected')",
        "if (TRANSITIONS_ON_REQUEST[request][moved.status] === 'rejected')",
      ],
    ],
    ...onService,
  },
  {
    what: 'orders: a cancel calls Inventory before it is written',
    file: SERVICE,
    edits: [
      [
        'const moved = to === order.status ? order : await this.record(order, transition);',
        'const early = { ...order, status: to };\n    if (isUnfinished(early)) await this.processor.advance(early, deadline);\n    const moved = to === order.status ? order : await this.record(order, transition);',
      ],
    ],
    ...onService,
  },
  {
    what: 'orders: accept-by: an order becomes CANCELLED at once',
    file: RECONCILIATION,
    edits: [
      ['const to = TRANSITIONS_ON_REQUEST.acceptBy.PENDING;', "const to = 'CANCELLED' as const;"],
    ],
    ...onService,
  },
  {
    what: 'orders: accept-by: an order can be PENDING without end',
    file: REPOSITORY,
    edits: [['and accept_by <= now()', "and accept_by <= 'epoch'"]],
    ...onRepository,
  },
  {
    what: 'orders: a missing response cancels an order',
    file: TRANSITION,
    edits: [
      [
        "return failedAttempt(order, 'NO_ANSWER', reply.reason, attempt);",
        "return decidedTransition(order, 'CANCELLED', { kind: 'decided', outcome: 'REJECTED', shortages: [] }, attempt, settings);",
      ],
    ],
    ...onTransitions,
  },
  {
    what: 'orders: a missing response parks an order',
    file: TRANSITION,
    edits: [
      [
        "return failedAttempt(order, 'NO_ANSWER', reply.reason, attempt);",
        'return rejectedAttempt(order, reply.reason, attempt, settings);',
      ],
    ],
    ...onTransitions,
  },
  {
    what: 'orders: parking: an order is retried without end',
    file: TRANSITION,
    edits: [['return refusals < parkAfterRefusals', 'return refusals < parkAfterRefusals + 1e9']],
    ...onRepository,
  },
  {
    what: 'orders: parking: a failed attempt unparks the order in the response',
    file: TRANSITION,
    edits: [['keep: (before) => before', 'keep: () => null']],
    ...onTransitions,
  },
  {
    what: 'orders: parking: a failed attempt unparks the order',
    file: REPOSITORY,
    edits: [
      ["case when transition.parking = 'keep' and o.parked_at is not null", 'case when false'],
      ["when 'keep' then o.parked_at", "when 'keep' then null"],
    ],
    ...onRepository,
  },
  {
    what: 'orders: parking: a retry leaves the order parked',
    file: TRANSITION,
    edits: [
      [
        "event: 'RETRIED',\n  actor: 'CUSTOMER',\n  cancelReason,\n  reason: null,\n  dueInMs: graceMs,\n  parking: 'unpark',",
        "event: 'RETRIED',\n  actor: 'CUSTOMER',\n  cancelReason,\n  reason: null,\n  dueInMs: graceMs,\n  parking: 'keep',",
      ],
    ],
    ...onTransitions,
  },
  {
    what: 'orders: parking: a parked order is due',
    file: TRANSITION,
    edits: [
      ["event: 'PARKED', dueInMs: null, parking: 'park' }", "event: 'PARKED', parking: 'park' }"],
    ],
    ...onTransitions,
  },
];

const RECONCILER: readonly Mutant[] = [
  {
    what: 'orders: reconciler: it advances PENDING orders only',
    file: RECONCILIATION,
    edits: [['claimDue(UNFINISHED_STATUSES, BATCH', "claimDue(['PENDING'], BATCH"]],
    ...onService,
  },
  {
    what: 'orders: reconciler: it claims orders while Inventory is unavailable',
    file: RECONCILIATION,
    edits: [['if (!this.reservations.isAvailable) return false;', '']],
    ...onService,
  },
  {
    what: 'orders: reconciler: it cancels overdue orders without a pause, though no write succeeds',
    file: RECONCILIATION,
    edits: [['overdue.length === BATCH && moved > 0', 'overdue.length === BATCH']],
    ...onService,
  },
  {
    what: 'orders: reconciler: it waits for locked orders',
    file: REPOSITORY,
    edits: [['for update skip locked', 'for update']],
    ...onRepository,
  },
  {
    what: 'orders: reconciler: a backlog of one status delays the others',
    file: REPOSITORY,
    edits: [
      [
        'from unnest($1::text[]) as state (status) cross join lateral (',
        'from (select $1::textMatching[] as statuses) state cross join lateral (',
      ],
      ['where status = state.status and', 'where status = any(state.statuses) and'],
    ],
    ...onRepository,
  },
  {
    what: 'orders: reconciler: a claim lapses at once',
    file: REPOSITORY,
    edits: [
      [
        "update orders set next_attempt_at = ${inMs('$3')}",
        "update orders set next_attempt_at = now() - $3::int * interval '0 seconds'",
      ],
    ],
    ...onRepository,
  },
  {
    what: 'orders: reconciler: it advances an order whose request is in flight',
    file: REPOSITORY,
    edits: [["'PENDING', ${inMs('$9')},", "'PENDING', now() + $9::int * interval '0 seconds',"]],
    ...onRepository,
  },
  {
    what: 'orders: reconciler: the order that is due last comes first',
    file: REPOSITORY,
    edits: [['order by next_attempt_at limit', 'order by next_attempt_at desc limit']],
    ...onRepository,
  },
];

const CALLS: readonly Mutant[] = [
  {
    what: 'orders: deadline: a batch is sent with a later one',
    file: CLIENT,
    edits: [
      [
        'batchCreateReservations({ requests }, new Metadata(), { deadline })',
        'batchCreateReservations({ requests }, new Metadata(), { deadline: new Date(deadline.getTime() + 2_000) })',
      ],
    ],
    ...onClient,
  },
  {
    what: 'orders: deadline: a cancel is sent with a later one',
    file: CLIENT,
    edits: [
      [
        'this.service[method]({ reservationId: id }, new Metadata(), { deadline })',
        'this.service[method]({ reservationId: id }, new Metadata(), { deadline: new Date(deadline.getTime() + 2_000) })',
      ],
    ],
    ...onClient,
  },
  {
    what: 'orders: deadline: an order waits for its group beyond its deadline',
    file: CLIENT,
    edits: [
      [
        'return withDeadline(\n      deadline,\n      this.creations.submit({ order, deadline }).catch(replyFromFailure),\n    );',
        'return this.creations.submit({ order, deadline }).catch(replyFromFailure);',
      ],
    ],
    ...onClient,
  },
  {
    what: 'orders: deadline: a cancel waits in the queue beyond its deadline',
    file: CLIENT,
    edits: [['return withDeadline(deadline, reply);', 'return reply;']],
    ...onClient,
  },
  {
    what: 'orders: deadline: an order is sent after its deadline',
    file: CLIENT,
    edits: [['({ deadline }) => deadline.getTime() > now', '() => now > 0']],
    ...onClient,
  },
  {
    what: 'orders: batch: results are assigned to the wrong orders',
    file: CLIENT,
    edits: [['[one, replies[index]]', '[one, replies[replies.length - 1 - index]]']],
    ...onClient,
  },
  {
    what: 'orders: batch: the result of another order is accepted',
    file: CLIENT,
    edits: [['result.reservation.reservationId === id', "result.reservation.reservationId !== ''"]],
    ...onClient,
  },
  {
    what: 'orders: batch: results of the reconciler are assigned to the wrong orders',
    file: CLIENT,
    edits: [['(await created)[pending.indexOf(order)]', '(await created)[orders.indexOf(order)]']],
    ...onClient,
  },
  {
    what: 'orders: batch: it has any number of orders',
    file: CLIENT,
    edits: [['orders.slice(start, start + LIMITS.maxBatch)', 'orders.slice(start)']],
    ...onClient,
  },
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
    what: 'orders: timeline: the actor of an older version is returned as it is',
    file: 'apps/orders/src/timeline/timeline.repository.ts',
    edits: [["case actor when 'SETTLER' then 'SYSTEM' else actor end", 'actor']],
    project: 'e2e',
    tests: 'timeline',
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
    what: 'orders: breaker: it never opens',
    file: AVAILABILITY,
    edits: [['const OPEN_AFTER_FAILURES = 3;', 'const OPEN_AFTER_FAILURES = 1_000_000;']],
    ...onClient,
  },
  {
    what: 'orders: breaker: it opens after one failure',
    file: AVAILABILITY,
    edits: [['const OPEN_AFTER_FAILURES = 3;', 'const OPEN_AFTER_FAILURES = 1;']],
    ...onClient,
  },
  {
    what: 'orders: breaker: it counts calls with a short deadline',
    file: AVAILABILITY,
    edits: [['tookMs >= MIN_CONCLUSIVE_MS', 'tookMs >= 0']],
    ...onClient,
  },
  {
    what: 'orders: breaker: a call passes the open circuit',
    file: AVAILABILITY,
    edits: [['if (this.isUnavailable) throw new InventoryUnavailableError();', '']],
    ...onClient,
  },
  {
    what: 'orders: breaker: no health check is made while it is open',
    file: AVAILABILITY,
    edits: [['if (!this.isClosed) await', 'if (this.isClosed) await']],
    ...onClient,
  },
  {
    what: 'orders: breaker: NOT_SERVING closes it',
    file: AVAILABILITY,
    edits: [["if (reply?.status === 'SERVING') {", 'if (reply) {']],
    ...onClient,
  },
  {
    what: 'orders: breaker: a late call does not make the probe check the health',
    file: AVAILABILITY,
    edits: [['tookMs >= MIN_SUSPICIOUS_MS', 'tookMs >= 1e9']],
    ...onAvailability,
  },
  {
    what: 'orders: breaker: any late call makes the probe check the health',
    file: AVAILABILITY,
    edits: [['tookMs >= MIN_SUSPICIOUS_MS', 'tookMs >= 0']],
    ...onAvailability,
  },
  {
    what: 'orders: breaker: a failed health check after a late call counts for nothing',
    file: AVAILABILITY,
    edits: [
      [
        'await this.breaker.execute(() => Promise.reject(error as Error)).catch(() => undefined);',
        '',
      ],
    ],
    ...onAvailability,
  },
  {
    what: 'orders: breaker: a refused connection is not logged',
    file: AVAILABILITY,
    edits: [["else if (this.isUnavailable) this.outageLog.recordDown('no connection');", '']],
    ...onAvailability,
  },
  {
    what: 'orders: breaker: calls wait for a refused connection',
    file: AVAILABILITY,
    edits: [
      [
        'return !this.isClosed || state === connectivityState.TRANSIENT_FAILURE;',
        'return !this.isClosed || state === connectivityState.SHUTDOWN;',
      ],
    ],
    ...onClient,
  },
  {
    what: 'orders: retry: UNAVAILABLE is not retried',
    file: CHANNEL,
    edits: [["retryableStatusCodes: ['UNAVAILABLE']", "retryableStatusCodes: ['ABORTED']"]],
    ...onClient,
  },
  {
    what: 'orders: retry: INTERNAL is retried',
    file: CHANNEL,
    edits: [
      [
        "retryableStatusCodes: ['UNAVAILABLE']",
        "retryableStatusCodes: ['UNAVAILABLE', 'INTERNAL']",
      ],
    ],
    ...onClient,
  },
  {
    what: 'orders: retry: there are too many attempts',
    file: CHANNEL,
    edits: [['maxAttempts: 3', 'maxAttempts: 5']],
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

/** The guards of Orders. */
export const ORDERS_MUTANTS: readonly Mutant[] = [...PLACING, ...MOVES, ...RECONCILER, ...CALLS];
