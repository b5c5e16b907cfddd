/** Something done to the database behind the service's back, and how `verify` must tell of it. */
export interface Corruption {
  readonly what: string;
  readonly sql: string;
  /** The whole line, or where times are in it, what it matches. Begins with the check's name. */
  readonly line: string | RegExp;
}

const movement = (sku: string, seq: number, change: string): string =>
  `update stock_movement set ${change} where sku = '${sku}' and seq = ${seq}`;

const level = (sku: string, change: string): string =>
  `update stock_level set ${change} where sku = '${sku}'`;

const reservation = (id: string, change: string): string =>
  `update reservation set ${change} where id = '${id}'`;

const line = (id: string, sku: string, change: string): string =>
  `update reservation_line set ${change} where reservation_id = '${id}' and sku = '${sku}'`;

/** A movement more, as if the service had made it. */
const moved = (sku: string, seq: number, kind: string, deltas: string, id: string): string =>
  `insert into stock_movement (sku, seq, kind, on_hand_delta, reserved_delta, on_hand_after,
                               reserved_after, reservation_id)
   values ('${sku}', ${seq}, '${kind}', ${deltas}, 0, 0, '${id}')`;

const ledger: readonly Corruption[] = [
  {
    what: 'a movement that was removed',
    sql: `delete from stock_movement where sku = 'burger' and seq = 5`,
    line: 'sequence: burger, movement 6: expected 5, found 6',
  },
  {
    what: 'a first movement that was removed',
    sql: `delete from stock_movement where sku = 'cola' and seq = 1`,
    line: 'sequence: cola, movement 2: expected 1, found 2',
  },
  {
    what: 'a last movement with another number',
    sql: movement('burger', 8, 'seq = 9'),
    line: 'sequence: burger, movement 9: expected 8, found 9',
  },
  {
    what: 'a balance that is too high',
    sql: movement('burger', 2, 'on_hand_after = 101'),
    line: 'balance: burger, movement 2: expected 100 on hand, 2 reserved, found 101 on hand, 2 reserved',
  },
  {
    what: 'what is reserved after a movement that is too low',
    sql: movement('burger', 3, 'reserved_after = 2'),
    line: 'balance: burger, movement 3: expected 100 on hand, 3 reserved, found 100 on hand, 2 reserved',
  },
  {
    what: 'a first delta that is not what is there after it',
    sql: movement('pizza', 1, 'on_hand_delta = 11'),
    line: 'balance: pizza, movement 1: expected 11 on hand, 0 reserved, found 10 on hand, 0 reserved',
  },
  {
    what: 'a movement that is earlier than the one before',
    sql: movement('burger', 5, `occurred_at = '2020-01-01Z'`),
    line: /^movement-time: burger, movement 5: expected \d{4}\S+ \S+ or later, found 2020-01-01 00:00:00\+00$/,
  },
  {
    what: 'less than nothing on hand',
    sql: movement('burger', 5, 'on_hand_after = -1'),
    line: 'movement-range: burger, movement 5: expected 0 to 1000000000 on hand, 0 or more reserved, found -1 on hand, 3 reserved',
  },
  {
    what: 'less than nothing reserved',
    sql: movement('cola', 3, 'reserved_after = -1'),
    line: /^movement-range: cola, movement 3: .*, found 5 on hand, -1 reserved$/,
  },
  {
    what: 'more on hand than there may be',
    sql: movement('burger', 1, 'on_hand_after = 1000000001'),
    line: /^movement-range: burger, movement 1: .*, found 1000000001 on hand, 0 reserved$/,
  },
  {
    what: 'a movement of an unknown kind',
    sql: movement('burger', 5, `kind = 'STOLEN'`),
    line: 'kind: burger, movement 5: expected ADJUSTED, HELD, COMMITTED, RELEASED or EXPIRED, found STOLEN(-4,-4) of reservation committed, adjustment none',
  },
  {
    what: 'a hold that takes units away',
    sql: movement('burger', 2, 'on_hand_delta = -2'),
    line: /^kind: burger, movement 2: expected HELD\(0,\+n\) of a reservation alone, found HELD\(-2,2\)/,
  },
  {
    what: 'a commit that gives back another number than it takes',
    sql: movement('burger', 5, 'reserved_delta = -3'),
    line: /^kind: burger, movement 5: expected COMMITTED.*, found COMMITTED\(-4,-3\)/,
  },
  {
    what: 'a release that gives nothing back',
    sql: movement('burger', 8, 'reserved_delta = 0'),
    line: /^kind: burger, movement 8: expected RELEASED\(0,-n\).*, found RELEASED\(0,0\)/,
  },
  {
    what: 'a movement of no reservation',
    sql: movement('burger', 2, 'reservation_id = null'),
    line: /^kind: burger, movement 2: .*, found HELD\(0,2\) of reservation none, adjustment none$/,
  },
  {
    what: 'a movement of a reservation and of an adjustment',
    sql: movement('burger', 2, `adjustment_id = 'x'`),
    line: /^kind: burger, movement 2: .*, found HELD\(0,2\) of reservation held, adjustment x$/,
  },
  {
    what: 'an adjustment of a reservation',
    sql: movement('pizza', 4, `reservation_id = 'held'`),
    line: /^kind: pizza, movement 4: expected ADJUSTED\(any,0\) of no reservation, found .* held, adjustment loss$/,
  },
  {
    what: 'a hold of more than there is',
    sql: movement('burger', 2, 'reserved_after = 101'),
    line: 'oversold: burger, movement 2, HELD: expected at most 100 reserved afterwards, found 101',
  },
  {
    what: 'units that were taken at once from what others held',
    sql: movement('burger', 6, 'on_hand_after = 2'),
    line: 'oversold: burger, movement 6, COMMITTED: expected at most 2 reserved afterwards, found 3',
  },
  {
    what: 'an adjustment without a reason',
    sql: movement('pizza', 4, 'reason = null'),
    line: 'adjustment: pizza, movement 4: expected a reason, an actor and an id, found reason none, actor test, id loss',
  },
  {
    what: 'an adjustment that nobody made',
    sql: movement('pizza', 4, 'actor = null'),
    line: /^adjustment: pizza, movement 4: .*, found reason count, actor none, id loss$/,
  },
  {
    what: 'a later adjustment without an id',
    sql: movement('pizza', 4, 'actor = null, adjustment_id = null'),
    line: /^adjustment: pizza, movement 4: .*, found reason count, actor none, id none$/,
  },
  {
    what: 'an adjustment that was made twice',
    sql: movement('pizza', 4, `adjustment_id = 'delivery'`),
    line: 'adjustment-id: adjustment delivery: expected 1 movement, found 2 movements',
  },
  {
    what: 'a level with more on hand than the ledger has',
    sql: level('burger', 'on_hand = 94'),
    line: /^level: burger: expected 93 on hand, 3 reserved, movement 8 at .*, found 94 on hand, 3 reserved, movement 8 at/,
  },
  {
    what: 'a level with more reserved than the ledger has',
    sql: level('burger', 'reserved = 4'),
    line: /^level: burger: expected 93 on hand, 3 reserved, .* found 93 on hand, 4 reserved/,
  },
  {
    what: 'a level that forgot its last movement',
    sql: level('burger', 'last_seq = 7'),
    line: /^level: burger: .*movement 8 at.*, found .*movement 7 at/,
  },
  {
    what: 'a level with another time than its last movement',
    sql: level('burger', `updated_at = '2020-01-01Z'`),
    line: /^level: burger: .*, found .* movement 8 at 2020-01-01 00:00:00\+00$/,
  },
  {
    what: 'a level that is gone',
    sql: `delete from stock_level where sku = 'cola'`,
    line: /^level: cola: expected 5 on hand, 0 reserved, movement 3 at .*, found no level$/,
  },
  {
    what: 'a level that no movement explains',
    sql: `insert into stock_level (sku, on_hand, reserved, last_seq) values ('new', 1, 0, 0)`,
    line: /^level: new: expected 0 on hand, 0 reserved, movement 0, found 1 on hand/,
  },
  {
    what: 'a ledger that is gone',
    sql: `delete from stock_movement where sku = 'cola'`,
    line: /^level: cola: expected 0 on hand, 0 reserved, movement 0, found 5 on hand/,
  },
  {
    what: 'deltas that do not come to the level, although every balance fits the next',
    sql: `${movement('pizza', 1, 'on_hand_delta = 11, on_hand_after = 11')};
          ${movement('pizza', 2, 'on_hand_after = 11')};
          ${movement('pizza', 3, 'on_hand_after = 11')};
          ${movement('pizza', 4, 'on_hand_delta = -7, on_hand_after = 3')}`,
    line: 'replay: pizza: expected 4 on hand, 6 reserved, found 3 on hand, 6 reserved',
  },
  {
    what: 'a shortfall that is too low',
    sql: level('pizza', 'shortfall = 2'),
    line: 'shortfall: pizza: expected 3, found 2',
  },
  {
    what: 'a shortfall of what is not short',
    sql: level('burger', 'shortfall = 1'),
    line: 'shortfall: burger: expected 0, found 1',
  },
  {
    what: 'a level of less than nothing',
    sql: level('cola', 'on_hand = -1'),
    line: 'level-range: cola: expected 0 to 1000000000 on hand, 0 or more missing, 0 to both together reserved, found -1 on hand, 0 missing, 0 reserved',
  },
  {
    what: 'more reserved than is on hand or known to be missing',
    sql: level('cola', 'reserved = 6'),
    line: /^level-range: cola: .*, found 5 on hand, 0 missing, 6 reserved$/,
  },
  {
    what: 'a shortfall of less than nothing',
    sql: level('cola', 'shortfall = -1'),
    line: /^level-range: cola: .*, found 5 on hand, -1 missing, 0 reserved$/,
  },
];

const reservations: readonly Corruption[] = [
  {
    what: 'units that are reserved for nobody',
    sql: level('burger', 'reserved = 4'),
    line: 'reserved: burger: expected 3, found 4',
  },
  {
    what: 'a held reservation of a SKU that has no level',
    sql: `delete from stock_level where sku = 'pizza'`,
    line: 'reserved: pizza: expected 6, found no level',
  },
  {
    what: 'a hold that the ledger does not know of',
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
    what: 'a release that the ledger has as an expiry',
    sql: movement('burger', 8, `kind = 'EXPIRED'`),
    line: 'history: reservation released, RELEASED, burger: expected HELD(0,1), RELEASED(0,-1), found HELD(0,1), EXPIRED(0,-1)',
  },
  {
    what: 'an expiry that gave nothing back',
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
    what: 'a rejected reservation that got units all the same',
    sql: moved('pizza', 5, 'HELD', '0, 99', 'rejected'),
    line: 'history: reservation rejected, REJECTED, pizza: expected no movement, found HELD(0,99)',
  },
  {
    what: 'a tombstone that got units',
    sql: moved('cola', 4, 'HELD', '0, 1', 'tombstone'),
    line: 'history: reservation tombstone, not a line of it, cola: expected no movement, found HELD(0,1)',
  },
  {
    what: 'units of a SKU that was not asked for',
    sql: moved('cola', 4, 'HELD', '0, 1', 'held'),
    line: 'history: reservation held, not a line of it, cola: expected no movement, found HELD(0,1)',
  },
  {
    what: 'units that were given back again and again',
    sql: [9, 10, 11].map((seq) => moved('burger', seq, 'RELEASED', '0, -1', 'released')).join(';'),
    line: 'history: reservation released, RELEASED, burger: expected HELD(0,1), RELEASED(0,-1), found HELD(0,1), RELEASED(0,-1), RELEASED(0,-1) and 2 more',
  },
  {
    what: 'a basket of which a part was taken',
    sql: `insert into reservation_line values ('taken', 'pizza', 1, null, null)`,
    line: 'whole: reservation taken: expected 2 lines taken at once, found 1',
  },
  {
    what: 'a movement of a reservation that is not there',
    sql: `delete from reservation_line where reservation_id = 'taken';
          delete from reservation where id = 'taken'`,
    line: 'unknown-reservation: burger, movement 6: expected reservation taken, found none',
  },
  {
    what: 'a line of a reservation that is not there',
    sql: `delete from reservation where id = 'rejected'`,
    line: 'unknown-line: line of salad: expected reservation rejected, found none',
  },
  {
    what: 'a hold from before it was decided',
    sql: reservation('held', `created_at = '2100-01-01Z'`),
    line: /^decided-at: burger, movement 2, HELD of reservation held: expected 2100-01-01 00:00:00\+00 or later, found \d/,
  },
  {
    what: 'a commit from before it was decided',
    sql: reservation('committed', `updated_at = '2100-01-01Z'`),
    line: /^decided-at: burger, movement 5, COMMITTED of reservation committed: expected 2100-01-01 /,
  },
  {
    what: 'a state that there is not',
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
    what: 'a line that asks for nothing',
    sql: line('rejected', 'salad', 'quantity = 0'),
    line: 'quantity: reservation rejected, salad: expected 1 to 100000000, found 0',
  },
  {
    what: 'a line that asks for more than may be asked for',
    sql: line('rejected', 'salad', 'quantity = 100000001'),
    line: 'quantity: reservation rejected, salad: expected 1 to 100000000, found 100000001',
  },
  {
    what: 'a rejection for no reason',
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
    what: 'a line that was refused although there was enough',
    sql: line('rejected', 'pizza', 'available = 99'),
    line: 'shortage: reservation rejected, pizza: expected NOT_ENOUGH with 0 to 98 available, UNKNOWN_SKU with 0, or neither, found NOT_ENOUGH with 99',
  },
  {
    what: 'a short line that does not say how many there were',
    sql: line('rejected', 'pizza', 'available = null'),
    line: /^shortage: reservation rejected, pizza: .*, found NOT_ENOUGH with none$/,
  },
  {
    what: 'an unknown SKU of which there was something',
    sql: line('rejected', 'salad', 'quantity = 2, available = 1'),
    line: /^shortage: reservation rejected, salad: .*, found UNKNOWN_SKU with 1$/,
  },
  {
    what: 'a reason for a shortage that there is not',
    sql: line('rejected', 'salad', `shortage = 'LAZINESS'`),
    line: /^shortage: reservation rejected, salad: .*, found LAZINESS with 0$/,
  },
  {
    what: 'a line that was held for ever although its reservation expires',
    sql: line('held', 'burger', 'held_until = null'),
    line: /^held-until: reservation held, HELD, burger: expected \d.*, found none$/,
  },
  {
    what: 'a line that still has a time although nothing is held',
    sql: line('committed', 'burger', `held_until = '2100-01-01Z'`),
    line: 'held-until: reservation committed, COMMITTED, burger: expected none, found 2100-01-01 00:00:00+00',
  },
  {
    what: 'an expiry of what could not expire',
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
    what: 'a horizon that is gone',
    sql: 'delete from tombstone_horizon',
    line: /^horizon: tombstone_horizon: expected one time until \d.*, found none$/,
  },
  {
    what: 'a second horizon',
    sql: `insert into tombstone_horizon values (2, '2020-01-01Z')`,
    line: /^horizon: tombstone_horizon: .*, found \d.*, 2020-01-01 00:00:00\+00$/,
  },
  {
    what: 'a horizon that nobody has reached',
    sql: `update tombstone_horizon set forgotten_before = '2100-01-01Z'`,
    line: /^horizon: tombstone_horizon: .*, found 2100-01-01 00:00:00\+00$/,
  },
];

/** In the order of the checks. Made for the history in verify.db.spec.ts. */
export const corruptions: readonly Corruption[] = [...ledger, ...reservations];
