import type { Mutant } from './mutant';

const HTTP = 'apps/orders/src/http';
const onText = { project: 'e2e', tests: 'request-text' } as const;

/** Guards of text: two names must not become one, nor one name two. */
export const TEXT_MUTANTS: readonly Mutant[] = [
  {
    what: 'text: a body that is not UTF-8 is read with replacements',
    file: `${HTTP}/json-body.ts`,
    edits: [['if (invalidAt !== undefined) throw', 'if (invalidAt === -1) throw']],
    ...onText,
  },
  {
    what: 'text: a query that is not UTF-8 is read with replacements',
    file: `${HTTP}/request-target.ts`,
    edits: [["url.includes('%')", "url.includes('%%')"]],
    ...onText,
  },
  {
    what: 'text: any charset is read as UTF-8',
    file: `${HTTP}/json-body.ts`,
    edits: [['if (!isUtf8Type(type))', "if (!isUtf8Type(type) && type === '')"]],
    ...onText,
  },
  {
    what: 'text: accents are stored as they are sent',
    file: 'libs/contracts/src/text.ts',
    edits: [["return inForm('NFC', value);", 'return value;']],
    project: 'unit',
    tests: 'contracts/src/text.spec',
  },
  {
    what: 'text: an order with accents of an earlier version is not found by its key',
    file: 'apps/orders/src/order/order.service.ts',
    edits: [["inForm('NFD', order.userId)", "inForm('NFC', order.userId)"]],
    project: 'db',
    tests: 'order/order.service.db',
  },
  {
    what: 'text: an adjustment with accents of an earlier version is another one',
    file: 'apps/inventory/src/adjustment/adjustment.ts',
    edits: [
      [
        "recorded === text || (recorded !== null && inForm('NFC', recorded) === text)",
        'recorded === text',
      ],
    ],
    project: 'unit',
    tests: 'adjustment/adjustment-repeats.spec',
  },
];
