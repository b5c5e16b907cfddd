import type { Mutant } from './mutant';

const INVENTORY = 'apps/orders/src/inventory';
const DECIDE = `${INVENTORY}/reservation/decide.ts`;
const UNIT_OF_WORK = `${INVENTORY}/reservation/unit-of-work.ts`;
const DECISIONS = `${INVENTORY}/reservation/decision.service.ts`;
const RESERVATIONS = `${INVENTORY}/reservation/reservation.repository.ts`;

/** Guards of time, holds and tombstones in Inventory. */
export const RESERVATION_MUTANTS: readonly Mutant[] = [
  {
    what: 'the time is that of the start of the transaction',
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
    what: 'the time is that of the process',
    file: DECISIONS,
    edits: [['      ...clock,', '      ...clock, now: new Date(),']],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'a hold never ends',
    file: `${INVENTORY}/reservation/reservation.ts`,
    edits: [
      ['expiresAt !== null && expiresAt <= now', 'expiresAt !== null && expiresAt < new Date(0)'],
    ],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'a hold ends a millisecond late',
    file: `${INVENTORY}/reservation/reservation.ts`,
    edits: [['expiresAt <= now', 'expiresAt < now']],
    project: 'unit',
    tests: 'reservation/decide',
  },
  {
    what: 'a hold is ended though it is not due',
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
    what: 'a basket is refused although units are due',
    file: DECISIONS,
    edits: [['if (shortSkus.length > 0) {', 'if (shortSkus.length > 1_000_000) {']],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'a refused basket ends what is due on any SKU',
    file: RESERVATIONS,
    edits: [['where sku = any($1) and held_until', 'where (sku = any($1) or true) and held_until']],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'two instances sweep at the same time',
    file: RESERVATIONS,
    edits: [['return row.locked;', 'return row.locked || true;']],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'a hold that is due is told of as held',
    file: `${INVENTORY}/reservation/reservation.service.ts`,
    edits: [['if (!found.isDue) return', 'if (!found.isDue || found.isDue) return']],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'extending shortens a hold',
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
    what: 'a line says for ever until when it was held',
    file: RESERVATIONS,
    edits: [
      ["  state === 'HELD' ? expiresAt : null;", "  state === 'REJECTED' ? null : expiresAt;"],
    ],
    project: 'db',
    tests: 'expiry.db|commit.db',
  },
  {
    what: 'ids behind the horizon are taken',
    file: DECIDE,
    edits: [['idTime < unitOfWork.state.forgottenBefore', 'idTime < new Date(0)']],
    project: 'db',
    tests: 'tombstone.db',
  },
  {
    what: 'the horizon is read before the reservations',
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
    what: 'the horizon is what an instance is set to',
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
    what: 'tombstones are deleted by when they were written alone',
    file: RESERVATIONS,
    edits: [['and created_at < $1 and ${UUID_V7_TIME} < $1', 'and created_at < $1']],
    project: 'db',
    tests: 'tombstone.db',
  },
  {
    what: 'tombstones of other ids are deleted, too',
    file: RESERVATIONS,
    edits: [
      ['and id ~* ${UUID_V7}', ''],
      ['and ${UUID_V7_TIME} < $1', ''],
    ],
    project: 'db',
    tests: 'tombstone.db',
  },
];
