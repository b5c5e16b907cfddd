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
    what: 'orders: Inventory is asked before the order is written',
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
    what: 'orders: a decision that cannot be written is an error to the customer',
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
    what: 'orders: key: it is not looked whether it was used',
    file: REPOSITORY,
    edits: [
      ['on conflict (user_id, idempotency_key) where idempotency_key is not null do nothing', ''],
    ],
    ...onRepository,
  },
  {
    what: 'orders: key: keys are taken as they come',
    file: REPOSITORY,
    edits: [['order by user_id, key', 'order by random()']],
    ...onRepository,
  },
  {
    what: 'orders: key: it is that of all customers',
    file: SERVICE,
    edits: [
      ['JSON.stringify([userId, idempotencyKey])', 'JSON.stringify([!userId, idempotencyKey])'],
    ],
    ...onService,
  },
  {
    what: 'orders: key: a request for something else is taken for the same',
    file: SERVICE,
    edits: [['placed.isRepeated && !isSameOrder(', '!placed.isRepeated && !isSameOrder(']],
    ...onService,
  },
  {
    what: 'orders: key: a request for part of an order is taken for the same',
    file: `${ORDER}/order.ts`,
    edits: [['order.items.length === original.items.length', 'order.items.length > 0']],
    ...onService,
  },
  {
    what: 'orders: key: a request with another note is taken for the same',
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
    what: 'orders: CAS: a step is made from any status',
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
    what: 'orders: CAS: a cancel and a fulfill that meet both win',
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
    what: 'orders: order of locks: steps lock their orders as they come',
    file: REPOSITORY,
    edits: [['order by id for update)', 'order by random() for update)']],
    ...onRepository,
  },
  {
    what: 'orders: whoever comes second takes the order for what it was',
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
    what: 'orders: a request is granted though its order was ended the other way',
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
    what: 'orders: a cancel asks Inventory before it is written',
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
    what: 'orders: accept-by: an order goes to CANCELLED at once',
    file: RECONCILIATION,
    edits: [
      ['const to = TRANSITIONS_ON_REQUEST.acceptBy.PENDING;', "const to = 'CANCELLED' as const;"],
    ],
    ...onService,
  },
  {
    what: 'orders: accept-by: an order may be PENDING for ever',
    file: REPOSITORY,
    edits: [['and accept_by <= now()', "and accept_by <= 'epoch'"]],
    ...onRepository,
  },
  {
    what: 'orders: silence is taken for a no',
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
    what: 'orders: silence parks an order',
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
    what: 'orders: parking: an order is refused for ever',
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
    what: 'orders: parking: what is parked is due all the same',
    file: TRANSITION,
    edits: [
      ["event: 'PARKED', dueInMs: null, parking: 'park' }", "event: 'PARKED', parking: 'park' }"],
    ],
    ...onTransitions,
  },
];

const RECONCILER: readonly Mutant[] = [
  {
    what: 'orders: reconciler: it knows PENDING only',
    file: RECONCILIATION,
    edits: [['claimDue(UNFINISHED_STATUSES, BATCH', "claimDue(['PENDING'], BATCH"]],
    ...onService,
  },
  {
    what: 'orders: reconciler: it works in vain while Inventory is away',
    file: RECONCILIATION,
    edits: [['if (!this.reservations.isAvailable) return false;', '']],
    ...onService,
  },
  {
    what: 'orders: reconciler: it gives up overdue orders without a pause, though none can be written',
    file: RECONCILIATION,
    edits: [['overdue.length === BATCH && moved > 0', 'overdue.length === BATCH']],
    ...onService,
  },
  {
    what: 'orders: reconciler: it waits for whoever has locked an order',
    file: REPOSITORY,
    edits: [['for update skip locked', 'for update']],
    ...onRepository,
  },
  {
    what: 'orders: reconciler: a backlog of one status holds up the others',
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
    what: 'orders: reconciler: a claim does not last',
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
    what: 'orders: reconciler: it does not leave an order to the request that brought it',
    file: REPOSITORY,
    edits: [["'PENDING', ${inMs('$9')},", "'PENDING', now() + $9::int * interval '0 seconds',"]],
    ...onRepository,
  },
  {
    what: 'orders: reconciler: the youngest first',
    file: REPOSITORY,
    edits: [['order by next_attempt_at limit', 'order by next_attempt_at desc limit']],
    ...onRepository,
  },
];

const CALLS: readonly Mutant[] = [
  {
    what: 'orders: deadline: that of a batch is not on the wire',
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
    what: 'orders: deadline: that of a cancel is not on the wire',
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
    what: 'orders: deadline: an order waits for its group for as long as that takes',
    file: CLIENT,
    edits: [
      [
        'return inTime(deadline, this.creations.submit({ order, deadline }).catch(replyFromFailure));',
        'return this.creations.submit({ order, deadline }).catch(replyFromFailure);',
      ],
    ],
    ...onClient,
  },
  {
    what: 'orders: deadline: a cancel waits for its turn for as long as that takes',
    file: CLIENT,
    edits: [['return inTime(deadline, reply);', 'return reply;']],
    ...onClient,
  },
  {
    what: 'orders: deadline: an order is asked for when nobody waits for it any more',
    file: CLIENT,
    edits: [['({ deadline }) => deadline.getTime() > now', '() => now > 0']],
    ...onClient,
  },
  {
    what: 'orders: batch: answers are mixed up',
    file: CLIENT,
    edits: [['[one, replies[index]]', '[one, replies[replies.length - 1 - index]]']],
    ...onClient,
  },
  {
    what: 'orders: batch: an answer about another order is taken for one about this',
    file: CLIENT,
    edits: [['result.reservation.reservationId === id', "result.reservation.reservationId !== ''"]],
    ...onClient,
  },
  {
    what: "orders: batch: the reconciler's answers are mixed up",
    file: CLIENT,
    edits: [['(await created)[pending.indexOf(order)]', '(await created)[orders.indexOf(order)]']],
    ...onClient,
  },
  {
    what: 'orders: batch: it holds any number of orders',
    file: CLIENT,
    edits: [['orders.slice(start, start + LIMITS.maxBatch)', 'orders.slice(start)']],
    ...onClient,
  },
  {
    what: 'orders: bound: any number of requests are let in',
    file: ADMISSION,
    edits: [['this.inFlight < this.limit.current || ', 'this.inFlight >= 0 || ']],
    ...onAdmission,
    hangs: true,
  },
  {
    what: 'orders: bound: whoever is refused may send again at once',
    file: ADMISSION,
    edits: [['    socket.pause();\n', '']],
    ...onAdmission,
  },
  {
    what: 'orders: bound: however many are refused, all come back at once',
    file: ADMISSION,
    edits: [['Math.ceil((this.held + 1) / BACK_IN_A_SECOND)', '1']],
    ...onAdmission,
  },
  {
    what: 'orders: bound: refusals are held back only when there is nothing more to read',
    file: ADMISSION,
    edits: [['    socket.pause();\n', '    setImmediate(() => socket.pause());\n']],
    ...onAdmission,
  },
  {
    what: 'orders: bound: room is kept for whoever hung up before its body was unpacked',
    file: ADMISSION,
    edits: [['    if (socket.destroyed) return;\n', '']],
    project: 'e2e',
    tests: 'overload',
  },
  {
    what: 'orders: bound: room is kept for ever for whoever does not take an answer',
    file: 'apps/orders/src/http/time-limits.ts',
    edits: [['  server.timeout = silentForMs;\n', '']],
    project: 'unit',
    tests: 'time-limits',
  },
  {
    what: 'orders: bound: followers are counted when the database has answered',
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
    what: 'orders: bound: any number of cancels may wait',
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
    what: 'orders: bound: any number of cancels are under way',
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
    what: "orders: bound: the reconciler's calls go in the way of customers'",
    file: CLIENT,
    edits: [['order, deadline, this.reconcilerCalls)', 'order, deadline, this.customerCalls)']],
    ...onClient,
  },
  {
    what: 'orders: breaker: Inventory is never known to be away',
    file: AVAILABILITY,
    edits: [['const OPEN_AFTER_FAILURES = 3;', 'const OPEN_AFTER_FAILURES = 1_000_000;']],
    ...onClient,
  },
  {
    what: 'orders: breaker: one call is enough',
    file: AVAILABILITY,
    edits: [['const OPEN_AFTER_FAILURES = 3;', 'const OPEN_AFTER_FAILURES = 1;']],
    ...onClient,
  },
  {
    what: 'orders: breaker: calls count that were given too little time',
    file: AVAILABILITY,
    edits: [['tookMs >= MIN_CONCLUSIVE_MS', 'tookMs >= 0']],
    ...onClient,
  },
  {
    what: 'orders: breaker: a call is made though Inventory is known to be away',
    file: AVAILABILITY,
    edits: [['if (this.isUnavailable) throw new InventoryUnavailableError();', '']],
    ...onClient,
  },
  {
    what: 'orders: breaker: nobody looks whether Inventory is back',
    file: AVAILABILITY,
    edits: [['if (!this.isClosed) await', 'if (this.isClosed) await']],
    ...onClient,
  },
  {
    what: 'orders: breaker: it is enough that Inventory says anything',
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
    what: 'orders: breaker: a connection that is refused is waited for',
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
    what: 'orders: retry: a call that found nobody is not made again',
    file: CHANNEL,
    edits: [["retryableStatusCodes: ['UNAVAILABLE']", "retryableStatusCodes: ['ABORTED']"]],
    ...onClient,
  },
  {
    what: 'orders: retry: a call is made again after any error',
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
    what: 'orders: retry: without a bound that matters',
    file: CHANNEL,
    edits: [['maxAttempts: 3', 'maxAttempts: 5']],
    ...onClient,
  },
  {
    what: 'orders: replies: a time-out is a rejection',
    file: REPLY_MAPPING,
    edits: [
      ["kind: 'noResponse',\n  reason: status[code]", "kind: 'rejected',\n  reason: status[code]"],
    ],
    ...onReplies,
  },
  {
    what: 'orders: replies: a database that is away is a rejection',
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
    what: 'orders: replies: any error is an answer',
    file: REPLY_MAPPING,
    edits: [['if (OUTCOME_REASONS.has(reason)) return', 'if (OUTCOME_REASONS.size > 0) return']],
    ...onReplies,
  },
  {
    what: 'orders: replies: how a reservation ended is not read',
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
    what: 'orders: replies: a state that is not known is taken for a hold',
    file: REPLY_MAPPING,
    edits: [["{ kind: 'rejected', reason: 'UNKNOWN_STATE' }", "decided('HELD')"]],
    ...onReplies,
  },
];

/** The guards of Orders. */
export const ORDERS_MUTANTS: readonly Mutant[] = [...PLACING, ...MOVES, ...RECONCILER, ...CALLS];
