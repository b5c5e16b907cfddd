import type { Mutant } from './mutant';

const INVENTORY = 'apps/orders/src/inventory';
const DECIDE = `${INVENTORY}/reservation/decide.ts`;
const UNIT_OF_WORK = `${INVENTORY}/reservation/unit-of-work.ts`;
const DECISIONS = `${INVENTORY}/reservation/decision.service.ts`;
const RESERVATIONS = `${INVENTORY}/reservation/reservation.repository.ts`;
const STOCK = `${INVENTORY}/stock/stock.repository.ts`;
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
    what: 'lock: adjustments do not wait for the transaction that holds the level',
    file: STOCK,
    edits: [['where sku = any($1) order by sku for update', 'where sku = any($1) order by sku']],
    project: 'db',
    tests: 'adjustment.db',
  },
  {
    what: 'order of locks: levels are locked as they come',
    file: STOCK,
    edits: [['where sku = any($1) order by sku for update', 'where sku = any($1) for update']],
    project: 'db',
    tests: 'reservation/reservation',
  },
  {
    what: 'uniqueness: a claim that was lost is not tried again',
    file: 'libs/postgres/src/postgres-errors.ts',
    edits: [["  '23505',", "  '99999',"]],
    project: 'db',
    tests: 'reservation/reservation|adjustment.db',
  },
  {
    what: 'uniqueness: a reservation that is there already is passed over in silence',
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
    what: 'CAS: what is on hand is not compared with what was expected',
    file: ADJUSTMENT,
    edits: [
      ['expectedOnHand !== null && expectedOnHand !== level.onHand', 'expectedOnHand === -1'],
    ],
    project: 'db',
    tests: 'adjustment.db',
  },
  {
    what: 'adjustments are not looked up by their id',
    file: ADJUSTMENT,
    edits: [['const earlier = recorded.get(id);', 'const earlier = recorded.get(`not ${id}`);']],
    project: 'db',
    tests: 'adjustment.db',
  },
  {
    what: 'adjustments take what is reserved',
    file: ADJUSTMENT,
    edits: [['removesReserved && !allowShortfall', 'removesReserved && after === -1']],
    project: 'db',
    tests: 'adjustment.db',
  },
  {
    what: 'adjustments are refused for holds that are due',
    file: `${INVENTORY}/adjustment/adjustment.service.ts`,
    edits: [["outcome.kind !== 'belowReserved'", "outcome.kind !== 'mismatch'"]],
    project: 'db',
    tests: 'adjustment.db',
  },
  {
    what: 'a shortfall may come from anything',
    file: `${INVENTORY}/stock/stock.ts`,
    edits: [["change.kind === 'ADJUSTED' && change.allowShortfall", 'true as boolean']],
    project: 'unit',
    tests: 'stock.spec',
  },
  {
    what: 'a commit lets units leave that are not there',
    file: DECIDE,
    edits: [["kind === 'commit' ? unitOfWork.missingUnits(reservation.lines) : []", '[]']],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'a level at a time does not wait for who is deciding',
    file: `${INVENTORY}/stock/stock.service.ts`,
    edits: [['await this.stock.lockShared(tx, skus);', 'await this.stock.lockShared(tx, []);']],
    project: 'db',
    tests: 'ledger.db',
  },
  {
    what: 'a level at a time does not wait for a SKU that is becoming known',
    file: STOCK,
    edits: [
      ['if (locked.length === new Set(skus).size) return;', 'if (locked.length >= 0) return;'],
    ],
    project: 'db',
    tests: 'ledger.db',
  },
  {
    what: 'a line is left due by an extension and a commit in one group',
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
    what: 'a level at the present millisecond may still change',
    file: `${INVENTORY}/stock/stock.service.ts`,
    edits: [['if (at.getTime() === now.getTime())', 'if (at < new Date(0))']],
    project: 'db',
    tests: 'ledger.db',
  },
  {
    what: 'a level can be asked for at a time that has not come',
    file: `${INVENTORY}/stock/stock.service.ts`,
    edits: [['if (at > now) {', 'if (at < new Date(0)) {']],
    project: 'db',
    tests: 'ledger.db',
  },
  {
    what: 'the times of the ledger go back with the clock',
    file: `${INVENTORY}/stock/stock.ts`,
    edits: [['now > before.updatedAt ? now : before.updatedAt', 'now']],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'other lines under the same id are taken for the same',
    file: DECIDE,
    edits: [
      ['!sameLines(recorded.lines, command.lines)', '!sameLines(recorded.lines, recorded.lines)'],
    ],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'a hold is passed off as taken',
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
    what: 'a basket is held in part',
    file: DECIDE,
    edits: [
      ['if (shortages.length > 0) return', 'if (shortages.length === command.lines.length) return'],
    ],
    project: 'db',
    tests: 'reservation/reservation',
  },
  {
    what: 'a reservation that appears meanwhile is moved without its locks',
    file: DECISIONS,
    edits: [
      ['withoutLines.some((reservation) =>', 'withoutLines.slice(0, 0).some((reservation) =>'],
    ],
    project: 'db',
    tests: 'reservation/reservation',
  },
  {
    what: 'the ledger may be changed by the role of the application',
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
    what: 'an older version takes away what a newer one granted',
    file: 'libs/postgres/src/migrate.ts',
    edits: [['if (app && !(await isSchemaNewer(dataSource)))', 'if (app)']],
    project: 'db',
    tests: 'app-role.db',
  },
  {
    what: 'the ledger has no trigger',
    file: `${INVENTORY}/database/migrations/1764100000000-append-only-ledger.ts`,
    edits: [['before update or delete or truncate', 'before truncate']],
    project: 'db',
    tests: 'app-role.db',
  },
  {
    what: 'release does not give units back (random runs against the model)',
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
    what: 'the second of two equal commands is done again (random runs against the model)',
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
];
