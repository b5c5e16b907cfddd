import type { Mutant } from './mutant';

const INVENTORY = 'apps/inventory/src';
const DECIDE = `${INVENTORY}/reservation/decide.ts`;
const UNIT_OF_WORK = `${INVENTORY}/reservation/unit-of-work.ts`;
const DECISIONS = `${INVENTORY}/reservation/decision.service.ts`;
const RESERVATIONS = `${INVENTORY}/reservation/reservation.repository.ts`;
const STOCK = `${INVENTORY}/stock/stock.repository.ts`;
const PAST_STOCK = `${INVENTORY}/stock/past-stock.service.ts`;
const UNMET = `${INVENTORY}/adjustment/unmet-reservations.service.ts`;
const ADJUSTMENT = `${INVENTORY}/adjustment/adjustment.ts`;

/** Guards of locks, adjustments, the ledger and its grants in Inventory. */
export const STOCK_MUTANTS: readonly Mutant[] = [
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
    edits: [["'23505': 'retry'", "'99999': 'retry'"]],
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
    what: 'adjustment: it fails after it is recorded if the unmet reservations cannot be read',
    file: UNMET,
    edits: [['return { unmet: [], isIncomplete: true };', 'throw error;']],
    project: 'db',
    tests: 'unmet-reservations.db',
  },
  {
    what: 'adjustment: the ledger is read for any time',
    file: UNMET,
    edits: [['missing > 0 && performance.now() < deadlineMs', 'missing > 0']],
    project: 'db',
    tests: 'unmet-reservations.db',
    hangs: true,
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
    what: 'past level: it does not wait for transactions that change the level',
    file: PAST_STOCK,
    edits: [['while (writers.length > 0)', 'while (writers.length > 99)']],
    project: 'db',
    tests: 'ledger.db',
  },
  {
    what: 'past level: it does not wait for transactions that insert the SKU',
    file: STOCK,
    edits: [
      [
        "and mode not in ('AccessShareLock',",
        "and mode not in ('AccessShareLock', 'RowExclusiveLock',",
      ],
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
    file: PAST_STOCK,
    edits: [['at >= this.watermark;', 'at > this.watermark;']],
    project: 'db',
    tests: 'ledger.db',
  },
  {
    what: 'tombstone: pruning waits for a locked tombstone',
    file: RESERVATIONS,
    edits: [[' for update skip locked)`', ')`']],
    project: 'db',
    tests: 'tombstone.db',
  },
  {
    what: 'past level: it locks the row as orders do',
    file: PAST_STOCK,
    edits: [
      [
        'const now = await this.stock.readClock();',
        `const now = await this.stock.readClock();
    await this.ledger['database'].query('select pg_sleep(0.05) from stock_level for share');`,
      ],
    ],
    project: 'db',
    tests: 'ledger.db',
  },
  {
    what: 'past level: a future time is accepted',
    file: PAST_STOCK,
    edits: [
      [
        'if (at > now && !isShared) {',
        'if (at > now && !isShared) return;\n      if (at < new Date(0)) {',
      ],
    ],
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
      [
        '!sameLines(decidedLines(recorded), command.lines)',
        '!sameLines(recorded.lines, recorded.lines)',
      ],
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
    edits: [
      ['if (app && !(await isSchemaNewer(dataSource)))', 'if (app)'],
      ['if (!app || (await isSchemaNewer(dataSource))) return true;', 'if (!app) return true;'],
    ],
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
    project: 'slow',
    tests: 'inventory-model',
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
    project: 'slow',
    tests: 'inventory-model',
  },
];
