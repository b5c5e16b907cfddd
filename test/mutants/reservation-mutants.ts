import type { Mutant } from './mutant';

const INVENTORY = 'apps/inventory/src';
const DECIDE = `${INVENTORY}/reservation/decide.ts`;
const UNIT_OF_WORK = `${INVENTORY}/reservation/unit-of-work.ts`;
const DECISIONS = `${INVENTORY}/reservation/decision.service.ts`;
const RESERVATIONS = `${INVENTORY}/reservation/reservation.repository.ts`;

/** Guards of time, holds and tombstones in Inventory. */
export const RESERVATION_MUTANTS: readonly Mutant[] = [
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
];
