import type { Mutant } from './mutant';

const INVENTORY = 'apps/orders/src/inventory';
const ORDER = 'apps/orders/src/order';
const CLIENT = `${ORDER}/reservation.client.ts`;
const AVAILABILITY = `${INVENTORY}/inventory-availability.ts`;
const CHANNEL = `${INVENTORY}/channel-options.ts`;
const TIMELINES = 'apps/orders/src/timeline/timeline.repository.ts';
const onClient = { project: 'unit', tests: 'order/reservation(-outage)?.client.spec' } as const;
const onAvailability = { project: 'unit', tests: 'inventory-availability.spec' } as const;

/** Guards of the calls to Inventory. */
export const CALL_MUTANTS: readonly Mutant[] = [
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
        'this.service[method](request, metadataOf(requestId, subject), { deadline })',
        'this.service[method](request, metadataOf(requestId, subject), { deadline: new Date(deadline.getTime() + 2_000) })',
      ],
    ],
    ...onClient,
  },
  {
    what: 'orders: deadline: an order waits for its group beyond its deadline',
    file: CLIENT,
    edits: [
      [
        'return withDeadline(\n      deadline,\n      this.creations',
        'return ((_deadline: Date, reply: Promise<Reply>) => reply)(\n      deadline,\n      this.creations',
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
    what: 'orders: timeline: the actor of an older version is returned as it is',
    file: TIMELINES,
    edits: [["case actor when 'SETTLER' then 'SYSTEM' else actor end", 'actor']],
    project: 'e2e',
    tests: 'timeline',
  },
  {
    what: 'orders: timeline: a lost event is not noticed',
    file: TIMELINES,
    edits: [
      [
        'where order_id = p.order_id and seq = p.after_seq), true)',
        'where order_id = p.order_id and seq = p.after_seq), false)',
      ],
    ],
    project: 'e2e',
    tests: 'timeline',
  },
  {
    what: 'orders: timeline: another event with the number of a lost one is not noticed',
    file: TIMELINES,
    edits: [['<> p.occurred_at and p.occurred_at is not null', '<> p.occurred_at and false']],
    project: 'e2e',
    tests: 'timeline',
  },
  {
    what: 'orders: timeline: a stream that has lost its position ends without a reason',
    file: 'apps/orders/src/http/event-stream.ts',
    edits: [
      ['response.write(toErrorEvent(error, response.req.originalUrl));', 'void toErrorEvent;'],
    ],
    project: 'e2e',
    tests: 'timeline',
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
    edits: [
      ['else if (this.isUnavailable) this.outageLog.recordDown(await this.whyNoConnection());', ''],
    ],
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
];
