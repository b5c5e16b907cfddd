import type { Mutant } from './mutant';
import { ORDERS_MUTANTS } from './orders-mutants';

const INVENTORY = 'apps/inventory/src';
const DECIDE = `${INVENTORY}/reservation/decide.ts`;
const UNIT_OF_WORK = `${INVENTORY}/reservation/unit-of-work.ts`;
const DECISIONS = `${INVENTORY}/reservation/decision.service.ts`;
const RESERVATIONS = `${INVENTORY}/reservation/reservation.repository.ts`;
const STOCK = `${INVENTORY}/stock/stock.repository.ts`;
const ADJUSTMENT = `${INVENTORY}/adjustment/adjustment.ts`;
const GROUP_COMMIT = 'libs/batching/src/group-commit.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    what: 'lock: levels are read without a lock',
    file: STOCK,
    edits: [['where sku = any($1) order by sku for update', 'where sku = any($1) order by sku']],
    project: 'db',
    tests: 'reservation/reservation',
  },
  {
    what: 'lock: adjustments do not lock the level',
    file: STOCK,
    edits: [['where sku = any($1) order by sku for update', 'where sku = any($1) order by sku']],
    project: 'db',
    tests: 'adjustment.db',
  },
  {
    what: 'lock: levels are not locked in SKU order',
    file: STOCK,
    edits: [['where sku = any($1) order by sku for update', 'where sku = any($1) for update']],
    project: 'db',
    tests: 'reservation/reservation',
  },
  {
    what: 'uniqueness: a unique violation is not retried',
    file: 'libs/postgres/src/postgres-errors.ts',
    edits: [["  '23505',", "  '99999',"]],
    project: 'db',
    tests: 'reservation/reservation|adjustment.db',
  },
  {
    what: 'uniqueness: a reservation that exists already is skipped silently',
    file: RESERVATIONS,
    edits: [
      [
        'as new (id) order by id collate "C"`',
        'as new (id) order by id collate "C" on conflict do nothing`',
      ],
    ],
    project: 'db',
    tests: 'reservation/reservation',
  },
  {
    what: 'tombstone: a release of an unknown id is not recorded',
    file: DECIDE,
    edits: [
      [
        "return { kind: 'decided', reservation: unitOfWork.record({ id, state: first }) };",
        "return { kind: 'decided', reservation: { ...emptyReservation(unitOfWork.state.now), id, state: first, updatedAt: unitOfWork.state.now } };",
      ],
    ],
    project: 'db',
    tests: 'reservation/reservation|tombstone.db',
  },
  {
    what: 'adjustment: on hand is not compared with expected_on_hand',
    file: ADJUSTMENT,
    edits: [
      ['expectedOnHand !== null && expectedOnHand !== level.onHand', 'expectedOnHand === -1'],
    ],
    project: 'db',
    tests: 'adjustment.db',
  },
  {
    what: 'adjustment: earlier adjustments are not looked up by id',
    file: ADJUSTMENT,
    edits: [['const earlier = recorded.get(id);', 'const earlier = recorded.get(`not ${id}`);']],
    project: 'db',
    tests: 'adjustment.db',
  },
  {
    what: 'adjustment: reserved units are removed',
    file: ADJUSTMENT,
    edits: [['removesReserved && !allowShortfall', 'removesReserved && after === -1']],
    project: 'db',
    tests: 'adjustment.db',
  },
  {
    what: 'adjustment: due holds are not expired before a rejection',
    file: `${INVENTORY}/adjustment/adjustment.service.ts`,
    edits: [["outcome.kind !== 'belowReserved'", "outcome.kind !== 'mismatch'"]],
    project: 'db',
    tests: 'adjustment.db',
  },
  {
    what: 'stock: any change can cause a shortfall',
    file: `${INVENTORY}/stock/stock.ts`,
    edits: [["change.kind === 'ADJUSTED' && change.allowShortfall", 'true as boolean']],
    project: 'unit',
    tests: 'stock.spec',
  },
  {
    what: 'commit: units that are not on hand are committed',
    file: DECIDE,
    edits: [["kind === 'commit' ? unitOfWork.missingUnits(reservation.lines) : []", '[]']],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'clock: the time is the start of the transaction',
    file: RESERVATIONS,
    edits: [
      [
        'select clock_timestamp() as now, forgotten_before',
        'select now() as now, forgotten_before',
      ],
    ],
    project: 'db',
    tests: 'expiry.db|commit.db|ledger.db',
  },
  {
    what: 'clock: the time is that of the process',
    file: DECISIONS,
    edits: [['      ...clock,', '      ...clock, now: new Date(),']],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'expiry: a hold never expires',
    file: `${INVENTORY}/reservation/reservation.ts`,
    edits: [
      ['expiresAt !== null && expiresAt <= now', 'expiresAt !== null && expiresAt < new Date(0)'],
    ],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'expiry: a hold expires a millisecond late',
    file: `${INVENTORY}/reservation/reservation.ts`,
    edits: [['expiresAt <= now', 'expiresAt < now']],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'expiry: a hold that is not due is expired',
    file: UNIT_OF_WORK,
    edits: [
      [
        'if (!isDue(reservation, this.state.now)) return reservation;',
        "if (!isDue(reservation, this.state.now) && reservation.state !== 'HELD') return reservation;",
      ],
    ],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'expiry: a basket is rejected although due holds have its units',
    file: DECISIONS,
    edits: [['if (shortSkus.length > 0) {', 'if (shortSkus.length > 1_000_000) {']],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'expiry: a short basket expires the due holds of other SKUs',
    file: RESERVATIONS,
    edits: [['where sku = any($1) and held_until', 'where (sku = any($1) or true) and held_until']],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'sweeper: two instances sweep at the same time',
    file: RESERVATIONS,
    edits: [['return row.locked;', 'return row.locked || true;']],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'expiry: a due hold is returned as HELD',
    file: `${INVENTORY}/reservation/reservation.service.ts`,
    edits: [['if (!found.isDue) return', 'if (!found.isDue || found.isDue) return']],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'extend: an extension shortens a hold',
    file: DECIDE,
    edits: [
      [
        '(requestedExpiry === null || requestedExpiry > expiresAt)',
        '(requestedExpiry === null || requestedExpiry > new Date(0))',
      ],
    ],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'expiry: held_until is not cleared when a hold ends',
    file: RESERVATIONS,
    edits: [
      ["  state === 'HELD' ? expiresAt : null;", "  state === 'REJECTED' ? null : expiresAt;"],
    ],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'tombstone: ids behind the horizon are accepted',
    file: DECIDE,
    edits: [['idTime < unitOfWork.state.forgottenBefore', 'idTime < new Date(0)']],
    project: 'db',
    tests: 'tombstone.db',
  },
  {
    what: 'tombstone: the horizon is read before the reservations',
    file: DECISIONS,
    edits: [
      [
        '    const [levels, reservations, clock] = await awaitPipelined([',
        '    const [clock, levels, reservations] = await awaitPipelined([\n      this.reservations.readClock(tx),',
      ],
      [
        '      this.reservations.lock(tx, ids),\n      this.reservations.readClock(tx),',
        '      this.reservations.lock(tx, ids),',
      ],
    ],
    project: 'db',
    tests: 'tombstone.db',
  },
  {
    what: 'tombstone: the horizon follows the setting of one instance',
    file: RESERVATIONS,
    edits: [
      [
        'set forgotten_before = greatest(forgotten_before,',
        "set forgotten_before = greatest('epoch',",
      ],
    ],
    project: 'db',
    tests: 'tombstone.db',
  },
  {
    what: 'tombstone: pruning ignores the time of the id',
    file: RESERVATIONS,
    edits: [['and created_at < $1 and ${UUID_V7_TIME} < $1', 'and created_at < $1']],
    project: 'db',
    tests: 'tombstone.db',
  },
  {
    what: 'tombstone: pruning includes ids that are no UUIDv7',
    file: RESERVATIONS,
    edits: [
      ['and id ~* ${UUID_V7}', ''],
      ['and ${UUID_V7_TIME} < $1', ''],
    ],
    project: 'db',
    tests: 'tombstone.db',
  },
  {
    what: 'past level: it does not wait for transactions that change the level',
    file: `${INVENTORY}/stock/stock.service.ts`,
    edits: [['await this.stock.lockShared(tx, skus);', 'await this.stock.lockShared(tx, []);']],
    project: 'db',
    tests: 'ledger.db',
  },
  {
    what: 'past level: it does not wait for transactions that insert the SKU',
    file: STOCK,
    edits: [
      ['if (locked.length === new Set(skus).size) return;', 'if (locked.length >= 0) return;'],
    ],
    project: 'db',
    tests: 'ledger.db',
  },
  {
    what: 'expiry: an extension and a commit in one group leave held_until',
    file: UNIT_OF_WORK,
    edits: [
      [
        '(recorded.get(id)?.expiresAt ?? null) !== null',
        'this.reservations.get(id)?.expiresAt !== null',
      ],
    ],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'past level: the level at the present millisecond can still change',
    file: `${INVENTORY}/stock/stock.service.ts`,
    edits: [['if (at.getTime() === now.getTime())', 'if (at < new Date(0))']],
    project: 'db',
    tests: 'ledger.db',
  },
  {
    what: 'past level: a future time is accepted',
    file: `${INVENTORY}/stock/stock.service.ts`,
    edits: [['if (at > now) {', 'if (at < new Date(0)) {']],
    project: 'db',
    tests: 'ledger.db',
  },
  {
    what: 'ledger: its times follow a clock that is set back',
    file: `${INVENTORY}/stock/stock.ts`,
    edits: [['now > before.updatedAt ? now : before.updatedAt', 'now']],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'idempotency: other lines with the same id are accepted',
    file: DECIDE,
    edits: [
      ['!sameLines(recorded.lines, command.lines)', '!sameLines(recorded.lines, recorded.lines)'],
    ],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'idempotency: ReserveStock returns a hold as committed',
    file: DECIDE,
    edits: [
      [
        "command.kind === 'take' && reservation.state === 'HELD'",
        "command.kind === 'take' && reservation.state === 'REJECTED'",
      ],
    ],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'basket: a basket is held in part',
    file: DECIDE,
    edits: [
      ['if (shortages.length > 0) return', 'if (shortages.length === command.lines.length) return'],
    ],
    project: 'db',
    tests: 'reservation/reservation',
  },
  {
    what: 'lock: a reservation that is inserted meanwhile is changed without its locks',
    file: DECISIONS,
    edits: [
      ['withoutLines.some((reservation) =>', 'withoutLines.slice(0, 0).some((reservation) =>'],
    ],
    project: 'db',
    tests: 'reservation/reservation',
  },
  {
    what: 'privileges: the role of the application can change the ledger',
    file: `${INVENTORY}/database/inventory.schema.ts`,
    edits: [
      [
        "stock_movement: ['select', 'insert'],",
        "stock_movement: ['select', 'insert', 'update', 'delete'],",
      ],
    ],
    project: 'db',
    tests: 'app-role.db',
  },
  {
    what: 'privileges: an older version revokes what a newer one granted',
    file: 'libs/postgres/src/migrate.ts',
    edits: [['if (app && !(await isSchemaNewer(dataSource)))', 'if (app)']],
    project: 'db',
    tests: 'app-role.db',
  },
  {
    what: 'privileges: the ledger has no trigger',
    file: `${INVENTORY}/database/migrations/1764100000000-append-only-ledger.ts`,
    edits: [['before update or delete or truncate', 'before truncate']],
    project: 'db',
    tests: 'app-role.db',
  },
  {
    what: 'model: a release does not return its units (random runs)',
    file: `${INVENTORY}/reservation/reservation.ts`,
    edits: [
      [
        "release: { kind: 'RELEASED', onHand: 0, reserved: -1 }",
        "release: { kind: 'RELEASED', onHand: 0, reserved: 0 }",
      ],
    ],
    project: 'db',
    tests: 'inventory-model.db',
  },
  {
    what: 'model: the second of two equal commands is executed again (random runs)',
    file: UNIT_OF_WORK,
    edits: [
      [
        '    this.reservations.set(change.id, reservation);',
        "    if (change.state !== 'COMMITTED') this.reservations.set(change.id, reservation);",
      ],
    ],
    project: 'db',
    tests: 'inventory-model.db',
  },
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
    what: 'ping: each concurrent call takes a connection',
    file: 'libs/postgres/src/database.ts',
    edits: [['this.ongoingPing ??= ', 'this.ongoingPing = ']],
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
    tests: 'bad-input',
  },
  {
    what: 'events: the headers are sent at the end of the stream',
    file: 'apps/orders/src/timeline/timeline.controller.ts',
    edits: [["  if (method === 'HEAD') abort();\n", '']],
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
    file: 'libs/postgres/src/database.ts',
    edits: [['plan_cache_mode = force_custom_plan', 'plan_cache_mode = force_generic_plan']],
    project: 'db',
    tests: 'plans.db',
  },
  {
    what: 'plans: Postgres chooses when to make a custom plan',
    file: 'libs/postgres/src/data-source-options.ts',
    edits: [[' -c plan_cache_mode=force_generic_plan', '']],
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
  ...ORDERS_MUTANTS,
];
