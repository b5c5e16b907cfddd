import type { Mutant } from './mutant';

const LANE = 'libs/postgres/src/lane.ts';
const READ_LANE = 'libs/postgres/src/read-lane.ts';
const ORDER_READS = 'apps/orders/src/order/order-read.repository.ts';
const ORDER_LISTS = 'apps/orders/src/order/order-lists.ts';

/** Guards that bound the cost of reads. */
export const READ_MUTANTS: readonly Mutant[] = [
  {
    what: 'lane: any number of reads run at a time',
    file: LANE,
    edits: [['while (this.running < this.options.slots)', 'while (this.running < Infinity)']],
    project: 'unit',
    tests: 'postgres/src/lane',
  },
  {
    what: 'lane: any number of reads wait',
    file: LANE,
    edits: [['if (this.queue.length < maxQueued) return true;', 'if (maxQueued > 0) return true;']],
    project: 'unit',
    tests: 'postgres/src/lane',
  },
  {
    what: 'lane: a read waits for as long as others take',
    file: LANE,
    edits: [['    this.rejectExpired();\n', '']],
    project: 'unit',
    tests: 'postgres/src/lane',
  },
  {
    what: 'lane: a read whose caller has gone is executed',
    file: LANE,
    edits: [['if (next.signal?.aborted)', 'if (next.signal === null)']],
    project: 'unit',
    tests: 'postgres/src/lane',
  },
  {
    what: 'lane: abandoned reads keep the places of others',
    file: LANE,
    edits: [['    if (this.queue.length >= maxQueued) this.dropAbandoned();\n', '']],
    project: 'unit',
    tests: 'postgres/src/lane',
  },
  {
    what: 'lane: reads of one thing wait behind lists',
    file: LANE,
    edits: [['isShort ? SHORT : OTHER', 'isShort ? OTHER : OTHER']],
    project: 'unit',
    tests: 'postgres/src/lane',
  },
  {
    what: 'lane: polls for all clients rest',
    file: LANE,
    edits: [['next.rank !== SHARED && this.restMs() > 0', 'this.restMs() > 0']],
    project: 'unit',
    tests: 'postgres/src/lane',
  },
  {
    what: 'lane: nothing rests behind a poll',
    file: LANE,
    edits: [['if (isShared) return SHARED;', 'return SHARED;']],
    project: 'unit',
    tests: 'postgres/src/lane',
  },
  {
    what: 'lane: the caller with the most reads goes first',
    file: LANE,
    edits: [['return last ? last.turn + 1 : 0;', 'return 0;']],
    project: 'unit',
    tests: 'postgres/src/lane',
  },
  {
    what: 'lane: reads never rest',
    file: LANE,
    edits: [['this.options.mustYield() ? this.restUntilMs', 'false ? this.restUntilMs']],
    project: 'unit',
    tests: 'postgres/src/lane',
  },
  {
    what: 'lane: one slow read stops all others',
    file: LANE,
    edits: [
      [
        'Math.min(Math.max(this.restUntilMs, nowMs) + restMs, nowMs + MAX_REST_MS)',
        'Math.min(Math.max(this.restUntilMs, nowMs) + restMs, nowMs + 1_000 * MAX_REST_MS)',
      ],
    ],
    project: 'unit',
    tests: 'postgres/src/lane',
  },
  {
    what: 'lane: a read has the timeout of decisions',
    file: READ_LANE,
    edits: [['Math.min(READ_TIMEOUT_MS, timeoutMs)', 'Math.max(READ_TIMEOUT_MS, timeoutMs)']],
    project: 'db',
    tests: 'read-lane.db',
  },
  {
    what: 'lane: rejections are not held back',
    file: READ_LANE,
    edits: [["    if (rejection.reason === 'OVERLOADED') await this.hold();\n", '']],
    project: 'e2e',
    tests: 'e2e/reads',
  },
  {
    what: 'lists: Postgres chooses the index by its statistics',
    file: ORDER_LISTS,
    edits: [
      [
        'where ${column} ${to} ${text} and (${column}, ${id}) ${from} (${text}, ${range.from(parameters)})',
        'where ${column} = ${text} and ${id} ${from} ${range.from(parameters)}',
      ],
    ],
    project: 'slow',
    tests: 'order-lists',
  },
  {
    what: 'lists: a page looks at any number of orders',
    file: ORDER_READS,
    edits: [['const MAX_SCANNED = 2_000;', 'const MAX_SCANNED = 1_000_000;']],
    project: 'slow',
    tests: 'order-lists',
  },
  {
    what: 'lists: a page that found few orders is taken for the last one',
    file: ORDER_READS,
    edits: [['next ?? (await this.endOf(tx, filter, scan))', 'next']],
    project: 'slow',
    tests: 'order-lists',
  },
  {
    what: 'lists: an external id is compared with nothing',
    file: ORDER_LISTS,
    edits: [
      [
        '`o.external_id = ${parameters.add(externalId',
        '`o.id is not null or o.external_id = ${parameters.add(externalId',
      ],
    ],
    project: 'slow',
    tests: 'order-lists',
  },
  {
    what: 'lists: a window of time is that of the ids',
    file: ORDER_READS,
    edits: [['[`o.created_at >= ${time(createdAfter)}`]', '[]']],
    project: 'db',
    tests: 'order-filters.db',
  },
  {
    what: 'lists: orders whose id is a little older than they are missed',
    file: 'apps/orders/src/order/order-positions.ts',
    edits: [['const MAX_DISTANCE_MS = 60_000;', 'const MAX_DISTANCE_MS = 0;']],
    project: 'db',
    tests: 'order-filters.db',
  },
  {
    what: 'lists: of orders that changed at the same time, a page skips some',
    file: ORDER_LISTS,
    edits: [['(updated_at, id) ${direction', '(updated_at, null::uuid) ${direction']],
    project: 'db',
    tests: 'order-filters.db',
  },
  {
    what: 'lists: a page has any number of bytes',
    file: ORDER_READS,
    edits: [['m.bytes <= ${', '0 <= ${']],
    project: 'db',
    tests: 'order-pages.db',
  },
  {
    what: 'stock: a prefix does not end the list',
    file: 'apps/inventory/src/stock/stock.repository.ts',
    edits: [['prefix + AFTER_SKU_CHARACTERS]', 'AFTER_SKU_CHARACTERS]']],
    project: 'e2e',
    tests: 'e2e/list-stock',
  },
  {
    what: 'ledger: a page has any number of bytes',
    file: 'apps/inventory/src/stock/ledger.repository.ts',
    edits: [['m.bytes <= $5', '0 <= $5']],
    project: 'db',
    tests: 'ledger/ledger.db',
  },
];
