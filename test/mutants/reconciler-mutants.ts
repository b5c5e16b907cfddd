import type { Mutant } from './mutant';

const ORDER = 'apps/orders/src/order';
const REPOSITORY = `${ORDER}/order.repository.ts`;
const RECONCILIATION = `${ORDER}/reconciliation.service.ts`;
const onService = { project: 'db', tests: 'order/(order|reconciliation).service.db' } as const;
const onRepository = { project: 'db', tests: 'order/order(-claims)?.db' } as const;

/** Guards of the reconciler. */
export const RECONCILER_MUTANTS: readonly Mutant[] = [
  {
    what: 'an order that a wrong clock has made due in a year waits for a year',
    file: 'apps/orders/src/order/order.repository.ts',
    edits: [["(now() + ${LONGEST_PAUSE}, 'infinity')", "('infinity', 'infinity')"]],
    project: 'db',
    tests: 'order-claims.db',
  },
  {
    what: 'reconciler: a request that leaves an order unfinished does not end its rest',
    file: 'apps/orders/src/order/order-processor.service.ts',
    edits: [['      if (isUnfinished(advanced)) this.noteUnfinished();\n', '']],
    project: 'db',
    tests: 'reconciliation.service',
  },
  {
    what: 'orders: reconciler: it advances PENDING orders only',
    file: RECONCILIATION,
    edits: [['claimDue(UNFINISHED_STATUSES, BATCH', "claimDue(['PENDING'], BATCH"]],
    ...onService,
  },
  {
    what: 'orders: reconciler: it claims orders while Inventory is unavailable',
    file: RECONCILIATION,
    edits: [['if (!this.reservations.canCall) return false;', '']],
    ...onService,
  },
  {
    what: 'orders: reconciler: it cancels overdue orders without a pause, though no write succeeds',
    file: RECONCILIATION,
    edits: [['late.length === BATCH && moved > 0', 'late.length === BATCH']],
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
        'from unnest($1::text[]) as state (status)\n           cross',
        'from (select $1::text[] as statuses) state\n           cross',
      ],
      ['where status = state.status\n', 'where status = any(state.statuses)\n'],
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
  {
    what: 'lock: released claims are not locked in the order of ids',
    file: 'apps/orders/src/order/order.repository.ts',
    edits: [
      [
        'with locked as (select id from orders where id = any($1) order by id for update)\n       update',
        'with locked as (select id from orders where id = any($1))\n       update',
      ],
    ],
    project: 'db',
    tests: 'lock-order',
  },
  {
    what: 'orders: expiry: orders expire without the setting',
    file: 'apps/orders/src/order/reconciliation.service.ts',
    edits: [['confirmedExpiryMs === 0 || ', '']],
    project: 'db',
    tests: 'order/order-expiry.db',
  },
  {
    what: 'orders: expiry: the time counts from the placement',
    file: 'apps/orders/src/order/order-expiry.repository.ts',
    edits: [['where updated_at <= ${EXPIRED_BEFORE}', 'where true']],
    project: 'db',
    tests: 'order/order-expiry.db',
  },
  {
    what: 'orders: expiry: an expired order counts as not accepted in time',
    file: 'apps/orders/src/order/order-transition.ts',
    edits: [["status === 'CONFIRMED' ? 'EXPIRED' : 'ACCEPT_BY_PASSED'", "'ACCEPT_BY_PASSED'"]],
    project: 'db',
    tests: 'order/order-expiry.db',
  },
  {
    what: 'orders: expiry: an order becomes CANCELLED at once',
    file: 'apps/orders/src/order/reconciliation.service.ts',
    edits: [
      [
        'cancelAll(expired, TRANSITIONS_ON_REQUEST.expire.CONFIRMED)',
        "cancelAll(expired, 'CANCELLED')",
      ],
    ],
    project: 'db',
    tests: 'order/order-expiry.db',
  },
];
