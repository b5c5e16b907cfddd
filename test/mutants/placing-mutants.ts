import type { Mutant } from './mutant';

const ORDER = 'apps/orders/src/order';
const SERVICE = `${ORDER}/order.service.ts`;
const REPOSITORY = `${ORDER}/order.repository.ts`;
const onService = { project: 'db', tests: 'order/(order|reconciliation).service.db' } as const;
const onRepository = { project: 'db', tests: 'order/order(-claims)?.db' } as const;

/** Guards of placing an order. */
export const PLACING_MUTANTS: readonly Mutant[] = [
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
