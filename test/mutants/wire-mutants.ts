import type { Mutant } from './mutant';

const ORDER = 'apps/orders/src/order';
const CLIENT = `${ORDER}/reservation.client.ts`;
const REPLY_MAPPING = `${ORDER}/reply-mapping.ts`;
const onClient = { project: 'unit', tests: 'order/reservation(-outage)?.client.spec' } as const;
const onReplies = { project: 'unit', tests: 'reply-mapping.spec' } as const;

/** Guards of calls to Inventory and of the mapping of replies. */
export const WIRE_MUTANTS: readonly Mutant[] = [
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
