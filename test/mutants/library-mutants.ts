import type { Mutant } from './mutant';

const INVENTORY = 'apps/inventory/src';
const GROUP_COMMIT = 'libs/batching/src/group-commit.ts';

/** Guards of the libraries and the wire. */
export const LIBRARY_MUTANTS: readonly Mutant[] = [
  {
    what: 'group: a cancelled request is flushed',
    file: GROUP_COMMIT,
    edits: [['if (signal?.aborted) {', 'if (signal === null) {']],
    project: 'db',
    tests: 'cancellation.db',
  },
  {
    what: 'group: one bad command fails its whole group',
    file: GROUP_COMMIT,
    edits: [['group.length === 1 || failsWholeGroup', 'group.length > 0 || failsWholeGroup']],
    project: 'db',
    tests: 'reservation/reservation',
  },
  {
    what: 'transaction: it fails with the error that arrives first, not with the cause',
    file: 'libs/postgres/src/await-pipelined.ts',
    edits: [['  await Promise.allSettled(statements);\n', '']],
    project: 'unit',
    tests: 'await-pipelined',
  },
  {
    what: 'transaction: it continues although its begin failed',
    file: 'libs/postgres/src/pipelined-transaction.ts',
    edits: [['await awaitPipelined([this.begun, sent])', 'await awaitPipelined([0, sent])']],
    project: 'db',
    tests: 'transaction.db',
  },
  {
    what: 'health: each concurrent check sends a query',
    file: 'libs/postgres/src/database.ts',
    edits: [['this.ongoingCheck ??= ', 'this.ongoingCheck = ']],
    project: 'unit',
    tests: 'postgres/src/database',
  },
  {
    what: 'validation: a list of any length is checked entry by entry',
    file: 'libs/errors/src/validation.pipe.ts',
    edits: [['sizeOf(value) > MAX_ENTRIES', 'sizeOf(value) > Infinity']],
    project: 'unit',
    tests: 'validation.pipe',
  },
  {
    what: 'validation: an error lists any number of invalid fields',
    file: 'libs/errors/src/problem.ts',
    edits: [['      .slice(0, MAX_ERRORS)\n', '']],
    project: 'e2e',
    tests: 'bad-requests',
  },
  {
    what: 'events: the headers are sent at the end of the stream',
    file: 'apps/orders/src/http/event-stream.ts',
    edits: [["if (method === 'HEAD' || ", "if (method === 'TRACE' || "]],
    project: 'e2e',
    tests: 'timeline',
  },
  {
    what: 'group: any number of flushes may overlap',
    file: GROUP_COMMIT,
    edits: [['this.flushes < overlap.maxFlushes && ', '']],
    project: 'unit',
    tests: 'group-commit',
  },
  {
    what: 'group: the first of many concurrent requests is flushed alone',
    file: GROUP_COMMIT,
    edits: [
      ['this.flushes === 0) this.scheduleFlush()', 'this.flushes === 0) void this.flushQueue()'],
    ],
    project: 'unit',
    tests: 'group-commit',
  },
  {
    what: 'plans: queryWithCustomPlan uses the generic plan',
    file: 'libs/postgres/src/statements.ts',
    edits: [['= force_custom_plan', '= force_generic_plan']],
    project: 'db',
    tests: 'plans.db',
  },
  {
    what: 'plans: Postgres chooses when to make a custom plan',
    file: 'libs/postgres/src/session-settings.ts',
    edits: [["  plan_cache_mode: 'force_generic_plan',\n", '']],
    project: 'db',
    tests: 'plans.db',
  },
  {
    what: 'cancellation: a cancelled call is not aborted',
    file: `${INVENTORY}/call-signal.ts`,
    edits: [['this.call.cancelled || ', '']],
    project: 'unit',
    tests: 'call-signal',
  },
  {
    what: 'cancellation: the deadline is left to the timer of gRPC',
    file: `${INVENTORY}/call-signal.ts`,
    edits: [[' || Date.now() >= Number(this.call.getDeadline())', '']],
    project: 'unit',
    tests: 'call-signal',
  },
  {
    what: 'stock: requests wait for an unavailable Inventory',
    file: 'apps/orders/src/stock/stock-view.service.ts',
    edits: [['if (!this.availability.isResponsive) return undefined;', '']],
    project: 'unit',
    tests: 'stock-view.service',
  },
];
