import { type Corruption, level, movement } from './corruption';

/** In the order of the checks. Made for the history in verify.db.spec.ts. */
export const ledgerCorruptions: readonly Corruption[] = [
  {
    what: 'a deleted movement',
    sql: `delete from stock_movement where sku = 'burger' and seq = 5`,
    line: 'sequence: burger, movement 6: expected 5, found 6',
  },
  {
    what: 'a deleted first movement',
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
    what: 'a reserved balance that is too low',
    sql: movement('burger', 3, 'reserved_after = 2'),
    line: 'balance: burger, movement 3: expected 100 on hand, 3 reserved, found 100 on hand, 2 reserved',
  },
  {
    what: 'a first delta that differs from the balance after it',
    sql: movement('pizza', 1, 'on_hand_delta = 11'),
    line: 'balance: pizza, movement 1: expected 11 on hand, 0 reserved, found 10 on hand, 0 reserved',
  },
  {
    what: 'a movement that is earlier than the one before',
    sql: movement('burger', 5, `occurred_at = '2020-01-01Z'`),
    line: /^movement-time: burger, movement 5: expected \d{4}\S+ \S+ or later, found 2020-01-01 00:00:00\+00$/,
  },
  {
    what: 'a negative balance on hand',
    sql: movement('burger', 5, 'on_hand_after = -1'),
    line: 'movement-range: burger, movement 5: expected 0 to 1000000000 on hand, 0 or more reserved, found -1 on hand, 3 reserved',
  },
  {
    what: 'a negative reserved balance',
    sql: movement('cola', 3, 'reserved_after = -1'),
    line: /^movement-range: cola, movement 3: .*, found 5 on hand, -1 reserved$/,
  },
  {
    what: 'a balance on hand above the maximum',
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
    what: 'a commit that releases another number of units than it removes',
    sql: movement('burger', 5, 'reserved_delta = -3'),
    line: /^kind: burger, movement 5: expected COMMITTED.*, found COMMITTED\(-4,-3\)/,
  },
  {
    what: 'a release of no units',
    sql: movement('burger', 8, 'reserved_delta = 0'),
    line: /^kind: burger, movement 8: expected RELEASED\(0,-n\).*, found RELEASED\(0,0\)/,
  },
  {
    what: 'a hold without a reservation',
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
    what: 'a hold of more units than are on hand',
    sql: movement('burger', 2, 'reserved_after = 101'),
    line: 'oversold: burger, movement 2, HELD: expected at most 100 reserved afterwards, found 101',
  },
  {
    what: 'units taken at once that others hold',
    sql: movement('burger', 6, 'on_hand_after = 2'),
    line: 'oversold: burger, movement 6, COMMITTED: expected at most 2 reserved afterwards, found 3',
  },
  {
    what: 'an adjustment without a reason',
    sql: movement('pizza', 4, 'reason = null'),
    line: 'adjustment: pizza, movement 4: expected a reason, an actor and an id, found reason none, actor test, id loss',
  },
  {
    what: 'an adjustment without an actor',
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
    what: 'a level without movements',
    sql: `insert into stock_level (sku, on_hand, reserved, last_seq) values ('ghost', 0, 0, 0)`,
    line: /^level: ghost: expected no level without a movement, found 0 on hand, 0 reserved, movement 0 at /,
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
    what: 'a level that lacks its last movement',
    sql: level('burger', 'last_seq = 7'),
    line: /^level: burger: .*movement 8 at.*, found .*movement 7 at/,
  },
  {
    what: 'a level with another time than its last movement',
    sql: level('burger', `updated_at = '2020-01-01Z'`),
    line: /^level: burger: .*, found .* movement 8 at 2020-01-01 00:00:00\+00$/,
  },
  {
    what: 'a deleted level',
    sql: `delete from stock_level where sku = 'cola'`,
    line: /^level: cola: expected 5 on hand, 0 reserved, movement 3 at .*, found no level$/,
  },
  {
    what: 'a level that no movement explains',
    sql: `insert into stock_level (sku, on_hand, reserved, last_seq) values ('new', 1, 0, 0)`,
    line: /^level: new: expected no level without a movement, found 1 on hand/,
  },
  {
    what: 'a deleted ledger of a SKU',
    sql: `delete from stock_movement where sku = 'cola'`,
    line: /^level: cola: expected no level without a movement, found 5 on hand/,
  },
  {
    what: 'deltas that do not add up to the level although the balances are continuous',
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
    what: 'a shortfall of a SKU that is not short',
    sql: level('burger', 'shortfall = 1'),
    line: 'shortfall: burger: expected 0, found 1',
  },
  {
    what: 'a negative level',
    sql: level('cola', 'on_hand = -1'),
    line: 'level-range: cola: expected 0 to 1000000000 on hand, 0 or more missing, 0 to both together reserved, found -1 on hand, 0 missing, 0 reserved',
  },
  {
    what: 'more reserved than is on hand and known to be missing',
    sql: level('cola', 'reserved = 6'),
    line: /^level-range: cola: .*, found 5 on hand, 0 missing, 6 reserved$/,
  },
  {
    what: 'a negative shortfall',
    sql: level('cola', 'shortfall = -1'),
    line: /^level-range: cola: .*, found 5 on hand, -1 missing, 0 reserved$/,
  },
];
