import { type Corruption, insertMovement, level, line, movement, reservation } from './corruption';

/** In the order of the checks. Made for the history in verify.db.spec.ts. */
export const reservationCorruptions: readonly Corruption[] = [
  {
    what: 'reserved units without a reservation',
    sql: level('burger', 'reserved = 4'),
    line: 'reserved: burger: expected 3, found 4',
  },
  {
    what: 'a held reservation of a SKU that has no level',
    sql: `delete from stock_level where sku = 'pizza'`,
    line: 'reserved: pizza: expected 6, found no level',
  },
  {
    what: 'a hold that the ledger lacks',
    sql: `delete from stock_movement where reservation_id = 'held' and sku = 'pizza'`,
    line: 'history: reservation held, HELD, pizza: expected HELD(0,1), found no movement',
  },
  {
    what: 'a hold of another number of units',
    sql: line('held', 'burger', 'quantity = 1'),
    line: 'history: reservation held, HELD, burger: expected HELD(0,1), found HELD(0,2)',
  },
  {
    what: 'a held reservation whose units have left',
    sql: reservation('committed', `state = 'HELD'`),
    line: 'history: reservation committed, HELD, burger: expected HELD(0,4), found HELD(0,4), COMMITTED(-4,-4)',
  },
  {
    what: 'a committed reservation whose units have not left',
    sql: reservation('extended', `state = 'COMMITTED'`),
    line: 'history: reservation extended, COMMITTED, burger: expected HELD(0,1), COMMITTED(-1,-1) or COMMITTED(-1,0), found HELD(0,1)',
  },
  {
    what: 'units that were taken at once in another number',
    sql: line('taken', 'burger', 'quantity = 2'),
    line: 'history: reservation taken, COMMITTED, burger: expected HELD(0,2), COMMITTED(-2,-2) or COMMITTED(-2,0), found COMMITTED(-3,0)',
  },
  {
    what: 'a release that is an expiry in the ledger',
    sql: movement('burger', 8, `kind = 'EXPIRED'`),
    line: 'history: reservation released, RELEASED, burger: expected HELD(0,1), RELEASED(0,-1), found HELD(0,1), EXPIRED(0,-1)',
  },
  {
    what: 'an expiry without a movement',
    sql: `delete from stock_movement where sku = 'cola' and seq = 3`,
    line: 'history: reservation expired, EXPIRED, cola: expected HELD(0,1), EXPIRED(0,-1), found HELD(0,1)',
  },
  {
    what: 'a release before its hold',
    sql: `${movement('burger', 7, 'seq = 107')}; ${movement('burger', 8, 'seq = 7')};
          ${movement('burger', 107, 'seq = 8')}`,
    line: 'history: reservation released, RELEASED, burger: expected HELD(0,1), RELEASED(0,-1), found RELEASED(0,-1), HELD(0,1)',
  },
  {
    what: 'a rejected reservation with units',
    sql: insertMovement('pizza', 5, 'HELD', '0, 99', 'rejected'),
    line: 'history: reservation rejected, REJECTED, pizza: expected no movement, found HELD(0,99)',
  },
  {
    what: 'a tombstone with units',
    sql: insertMovement('cola', 4, 'HELD', '0, 1', 'tombstone'),
    line: 'history: reservation tombstone, not a line of it, cola: expected no movement, found HELD(0,1)',
  },
  {
    what: 'units of a SKU that was not requested',
    sql: insertMovement('cola', 4, 'HELD', '0, 1', 'held'),
    line: 'history: reservation held, not a line of it, cola: expected no movement, found HELD(0,1)',
  },
  {
    what: 'units that were released several times',
    sql: [9, 10, 11]
      .map((seq) => insertMovement('burger', seq, 'RELEASED', '0, -1', 'released'))
      .join(';'),
    line: 'history: reservation released, RELEASED, burger: expected HELD(0,1), RELEASED(0,-1), found HELD(0,1), RELEASED(0,-1), RELEASED(0,-1) and 2 more',
  },
  {
    what: 'a basket that was taken in part',
    sql: `insert into reservation_line values ('taken', 'pizza', 1, null, null)`,
    line: 'whole: reservation taken: expected 2 lines taken at once, found 1',
  },
  {
    what: 'a movement of a missing reservation',
    sql: `delete from reservation_line where reservation_id = 'taken';
          delete from reservation where id = 'taken'`,
    line: 'unknown-reservation: burger, movement 6: expected reservation taken, found none',
  },
  {
    what: 'a line of a missing reservation',
    sql: `delete from reservation where id = 'rejected'`,
    line: 'unknown-line: line of salad: expected reservation rejected, found none',
  },
  {
    what: 'a hold from before it was decided',
    sql: reservation('held', `created_at = '2100-01-01Z'`),
    line: /^decided-at: burger, movement 2, HELD of reservation held: expected 2100-01-01 00:00:00\+00, found \d/,
  },
  {
    what: 'a hold from long after it was decided',
    sql: reservation('held', `created_at = '2020-01-01Z'`),
    line: /^decided-at: burger, movement 2, HELD of reservation held: expected \d.*, found \d/,
  },
  {
    what: 'a commit from before it was decided',
    sql: reservation('committed', `updated_at = '2100-01-01Z'`),
    line: /^decided-at: burger, movement 5, COMMITTED of reservation committed: expected 2100-01-01 /,
  },
  {
    what: 'a reduction from after the last decision',
    sql: reservation('reduced', `updated_at = created_at`),
    line: /^decided-at: tea, movement \d, RELEASED of reservation reduced: expected \d.*, found \d/,
  },
  {
    what: 'an unknown state',
    sql: reservation('held', `state = 'LOST'`),
    line: 'state: reservation held: expected HELD, REJECTED, COMMITTED, RELEASED or EXPIRED, found LOST',
  },
  {
    what: 'a reservation without lines',
    sql: `delete from reservation_line where reservation_id = 'rejected'`,
    line: 'lines: reservation rejected, REJECTED: expected lines, found none',
  },
  {
    what: 'a tombstone that has changed',
    sql: reservation('tombstone', `updated_at = '2100-01-01Z'`),
    line: /^tombstone: reservation tombstone: expected changed .*, expires never, found changed 2100-01-01 00:00:00\+00, expires never$/,
  },
  {
    what: 'a tombstone that expires',
    sql: reservation('tombstone', `expires_at = '2100-01-01Z'`),
    line: /^tombstone: reservation tombstone: .*, found changed .*, expires 2100-01-01 00:00:00\+00$/,
  },
  {
    what: 'a line of no units',
    sql: line('rejected', 'salad', 'quantity = 0'),
    line: 'quantity: reservation rejected, salad: expected 1 to 100000000, found 0',
  },
  {
    what: 'a line of more units than allowed',
    sql: line('rejected', 'salad', 'quantity = 100000001'),
    line: 'quantity: reservation rejected, salad: expected 1 to 100000000, found 100000001',
  },
  {
    what: 'a rejection without a short line',
    sql: `update reservation_line set shortage = null, available = null
           where reservation_id = 'rejected'`,
    line: 'rejected: reservation rejected, REJECTED: expected a short line, found 0',
  },
  {
    what: 'a held reservation with a short line',
    sql: line('held', 'burger', `shortage = 'NOT_ENOUGH', available = 1`),
    line: 'rejected: reservation held, HELD: expected no short line, found 1',
  },
  {
    what: 'a short line of a SKU with enough stock',
    sql: line('rejected', 'pizza', 'available = 99'),
    line: 'shortage: reservation rejected, pizza: expected NOT_ENOUGH with 0 to 98 available, UNKNOWN_SKU with 0, or neither, found NOT_ENOUGH with 99',
  },
  {
    what: 'a short line without the available units',
    sql: line('rejected', 'pizza', 'available = null'),
    line: /^shortage: reservation rejected, pizza: .*, found NOT_ENOUGH with none$/,
  },
  {
    what: 'an unknown SKU with available units',
    sql: line('rejected', 'salad', 'quantity = 2, available = 1'),
    line: /^shortage: reservation rejected, salad: .*, found UNKNOWN_SKU with 1$/,
  },
  {
    what: 'an unknown reason for a shortage',
    sql: line('rejected', 'salad', `shortage = 'LAZINESS'`),
    line: /^shortage: reservation rejected, salad: .*, found LAZINESS with 0$/,
  },
  {
    what: 'a line held without end of a reservation that expires',
    sql: line('held', 'burger', 'held_until = null'),
    line: /^held-until: reservation held, HELD, burger: expected \d.*, found none$/,
  },
  {
    what: 'a line with an expiry although it is not held',
    sql: line('committed', 'burger', `held_until = '2100-01-01Z'`),
    line: 'held-until: reservation committed, COMMITTED, burger: expected none, found 2100-01-01 00:00:00+00',
  },
  {
    what: 'an expired reservation without an expiry time',
    sql: reservation('expired', 'expires_at = null'),
    line: /^expiry: reservation expired, EXPIRED: expected a time until \d.*, found no time$/,
  },
  {
    what: 'an expiry before its time',
    sql: reservation('expired', `expires_at = '2100-01-01Z'`),
    line: /^expiry: reservation expired, EXPIRED: expected a time until .*, found 2100-01-01 00:00:00\+00$/,
  },
  {
    what: 'a commit after its time',
    sql: reservation('committed', `expires_at = '2020-01-01Z'`),
    line: /^expiry: reservation committed, COMMITTED: expected no time, or one after \d.*, found 2020-01-01 00:00:00\+00$/,
  },
  {
    what: 'a rejected reservation that expires',
    sql: reservation('rejected', `expires_at = '2100-01-01Z'`),
    line: 'expiry: reservation rejected, REJECTED: expected no time, found 2100-01-01 00:00:00+00',
  },
  {
    what: 'a deleted horizon',
    sql: 'delete from tombstone_horizon',
    line: /^horizon: tombstone_horizon: expected one time until \d.*, found none$/,
  },
  {
    what: 'a second horizon',
    sql: `insert into tombstone_horizon values (2, '2020-01-01Z')`,
    line: /^horizon: tombstone_horizon: .*, found \d.*, 2020-01-01 00:00:00\+00 in row 2$/,
  },
  {
    what: 'a horizon in another row',
    sql: 'update tombstone_horizon set id = 2',
    line: /^horizon: tombstone_horizon: .*, found \d.* in row 2$/,
  },
  {
    what: 'a horizon in the future',
    sql: `update tombstone_horizon set forgotten_before = '2100-01-01Z'`,
    line: /^horizon: tombstone_horizon: .*, found 2100-01-01 00:00:00\+00$/,
  },
];
