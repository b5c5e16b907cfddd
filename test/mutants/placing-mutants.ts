import type { Mutant } from './mutant';

const ORDER = 'apps/orders/src/order';
const SERVICE = `${ORDER}/order.service.ts`;
const REPOSITORY = `${ORDER}/order.repository.ts`;
const onService = { project: 'db', tests: 'order/(order|reconciliation).service.db' } as const;
const onMetadata = { project: 'db', tests: 'order-metadata.db' } as const;
const onRepository = { project: 'db', tests: 'order/order(-claims)?.db' } as const;

/** Guards of placing an order. */
export const PLACING_MUTANTS: readonly Mutant[] = [
  {
    what: 'orders: Inventory is called before the order is written',
    file: SERVICE,
    edits: [
      [
        'const placed = (await this.findFormer(order)) ?? (await this.write(order));\n',
        'await this.processor.advance(pendingOrder(order, new Date()), deadline);\n    const placed = await this.write(order);\n',
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
    edits: [['if (!isSame) throw', 'if (!isSame && !isRepeated) throw']],
    ...onService,
  },
  {
    what: 'orders: key: the lines of a repeated order must have the same order',
    file: `${ORDER}/order-fingerprint.ts`,
    edits: [['lines.sort().join', 'lines.join']],
    ...onService,
  },
  {
    what: 'orders: key: an order without a fingerprint is another one',
    file: `${ORDER}/order-fingerprint.ts`,
    edits: [['canonicalForm(order) === canonicalForm(original)', 'false']],
    ...onService,
  },
  {
    what: 'orders: key: an erased note makes another order',
    file: `${ORDER}/order-fingerprint.ts`,
    edits: [
      [
        'fingerprintOf(order)?.equals(fingerprint) === true',
        'canonicalForm(order) === canonicalForm(original)',
      ],
    ],
    ...onService,
  },
  {
    what: 'orders: key: a request with a line twice repeats the order',
    file: `${ORDER}/order-reduction.ts`,
    edits: [['(units.get(sku) ?? 0) + quantity', 'quantity']],
    ...onService,
  },
  {
    what: 'orders: key: a request with another note repeats the order',
    file: `${ORDER}/order-fingerprint.ts`,
    edits: [["inForm('NFC', note ?? '')", "''"]],
    ...onService,
  },
  {
    what: 'orders: key: the metadata of a repeated order must have its keys in the same order',
    file: `${ORDER}/order-metadata.ts`,
    edits: [['Object.keys(metadata).sort()', 'Object.keys(metadata)']],
    ...onMetadata,
  },
  {
    what: 'orders: key: a request with other metadata repeats the order',
    file: `${ORDER}/order-metadata.ts`,
    edits: [['keys.map((key) => [key, metadata[key]])', 'keys']],
    ...onMetadata,
  },
  {
    what: 'orders: key: an order without metadata has another fingerprint than before',
    file: `${ORDER}/order-fingerprint.ts`,
    edits: [
      ['  if (metadata) return', "  if (form !== '') return"],
      ['canonicalMetadata(metadata)', 'canonicalMetadata(metadata ?? {})'],
    ],
    project: 'unit',
    tests: 'order-fingerprint',
  },
  {
    what: 'orders: a transition loses the metadata of the order',
    file: `${ORDER}/order-transition.ts`,
    edits: [['  metadata: order.metadata,', '  metadata: null,']],
    ...onMetadata,
  },
  {
    what: 'orders: key: a repeat leaves a PENDING order as it is',
    file: SERVICE,
    edits: [
      [
        "if (placed.order.status !== 'PENDING') return",
        "if (placed.order.status !== 'PENDING' || placed.isRepeated) return",
      ],
    ],
    ...onService,
  },
];
