import type { Mutant } from './mutant';

const ORDER = 'apps/orders/src/order';
const SERVICE = `${ORDER}/order.service.ts`;
const REPOSITORY = `${ORDER}/order.repository.ts`;
const RECONCILIATION = `${ORDER}/reconciliation.service.ts`;
const TRANSITION = `${ORDER}/order-transition.ts`;
const onService = { project: 'db', tests: 'order/(order|reconciliation).service.db' } as const;
const onRepository = { project: 'db', tests: 'order/order(-claims)?.db' } as const;
const onTransitions = { project: 'unit', tests: 'order/order-transition.spec' } as const;

/** Guards of the transitions of an order. */
export const TRANSITION_MUTANTS: readonly Mutant[] = [
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
    edits: [['order by id for update),', 'order by random() for update),']],
    ...onRepository,
  },
  {
    what: 'orders: a request that lost a race returns the order as it read it',
    file: SERVICE,
    edits: [
      [
        'if (!moved) return this.requestTransition(id, request, deadline, by);',
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
        "if (TRANSITIONS_ON_REQUEST[request][advanced.status] === 'notAllowed')",
        "if (TRANSITIONS_ON_REQUEST[request][moved.status] === 'notAllowed')",
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
      [
        'cancelAll(overdue, TRANSITIONS_ON_REQUEST.acceptBy.PENDING)',
        "cancelAll(overdue, 'CANCELLED')",
      ],
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
        "event: 'RETRIED',\n  actor,\n  cancelReason,\n  reason: null,\n  dueInMs: graceMs,\n  parking: 'unpark',",
        "event: 'RETRIED',\n  actor,\n  cancelReason,\n  reason: null,\n  dueInMs: graceMs,\n  parking: 'keep',",
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
  {
    what: 'retry: the events are read before the order is locked',
    file: 'apps/orders/src/order/order.repository.ts',
    edits: [["      await tx.query('select from orders where id = $1 for update', [id]);\n", '']],
    project: 'db',
    tests: 'order-retries.db',
  },
  {
    what: 'retry: an order is retried any number of times',
    file: 'apps/orders/src/order/order.repository.ts',
    edits: [['if (waitMs !== null && waitMs > 0) return', 'if (waitMs === Infinity) return']],
    project: 'db',
    tests: 'order-retries.db',
  },
  {
    what: 'record: repeated requests add any number of failed attempts',
    file: 'apps/orders/src/order/order.repository.ts',
    edits: [['and o.attempts > 0\n', 'and false\n']],
    project: 'db',
    tests: 'order-retries.db',
  },
];
