import { type Corruption, level, line, movement, reservation } from './corruption';

/** Moves the whole history of a hold, the last movement of its SKU, into the past. */
const ageAll = (by: string): string => `
  update stock_movement set occurred_at = occurred_at - interval '${by}';
  update stock_level set updated_at = updated_at - interval '${by}';
  update reservation set created_at = created_at - interval '${by}',
                         updated_at = updated_at - interval '${by}',
                         expires_at = expires_at - interval '${by}';
  update reservation_line set held_until = held_until - interval '${by}'`;

/** A decision of now, which shows that Inventory runs. */
const decidedNow = (id: string, at = 'now()'): string =>
  `insert into reservation (id, state, created_at, updated_at)
   values ('${id}', 'RELEASED', ${at}, ${at})`;

const NULLABLE_TABLES: readonly (readonly [string, string, string, readonly string[]])[] = [
  [
    'stock_level',
    `sku = 'cola'`,
    'level cola',
    ['on_hand', 'reserved', 'last_seq', 'shortfall', 'updated_at'],
  ],
  [
    'stock_movement',
    `sku = 'cola' and seq = 2`,
    'cola, movement 2',
    ['kind', 'on_hand_delta', 'reserved_delta', 'on_hand_after', 'reserved_after', 'occurred_at'],
  ],
  [
    'reservation',
    `id = 'held'`,
    'reservation held',
    ['state', 'created_at', 'updated_at', 'reductions'],
  ],
  [
    'reservation_line',
    `reservation_id = 'held' and sku = 'burger'`,
    'reservation held, burger',
    ['quantity'],
  ],
  [
    'reduced_line',
    `reservation_id = 'reduced' and sku = 'tea'`,
    'reduced line of reservation reduced, tea',
    ['quantity'],
  ],
  ['tombstone_horizon', 'true', 'tombstone_horizon', ['forgotten_before']],
];

/** In the order of the checks. Made for the history in verify.db.spec.ts. */
export const reservationTimeCorruptions: readonly Corruption[] = [
  {
    what: 'a rejection with other available units than the ledger had',
    sql: line('rejected', 'pizza', 'available = 50'),
    line: 'rejected-stock: reservation rejected, pizza: expected 0 to 10 available, found NOT_ENOUGH with 50 of 99',
  },
  {
    what: 'a rejection although the ledger had enough',
    sql: `${ageAll('1 day')};
          insert into reservation values ('wrong', 'REJECTED');
          insert into reservation_line values ('wrong', 'burger', 99, 5, 'NOT_ENOUGH')`,
    line: 'rejected-stock: reservation wrong, burger: expected 90 available, found NOT_ENOUGH with 5 of 99',
  },
  {
    what: 'a rejection of an unknown SKU that was known',
    sql: `${ageAll('1 day')};
          insert into reservation values ('wrong', 'REJECTED');
          insert into reservation_line values ('wrong', 'burger', 9, 0, 'UNKNOWN_SKU')`,
    line: 'rejected-stock: reservation wrong, burger: expected no movement long before, found UNKNOWN_SKU with 0 of 9',
  },
  {
    what: 'a rejected line without a shortage although units were missing',
    sql: `insert into reservation_line values ('rejected', 'cola', 6, null, null)`,
    line: /^rejected-stock: reservation rejected, cola: expected short with 0 to 5 available, found enough of 6$/,
  },
  {
    what: 'a rejection that changed',
    sql: reservation('rejected', `updated_at = updated_at + interval '1 second'`),
    line: /^at-once: reservation rejected, REJECTED: expected changed \d.*, expires never, found changed \d.*, expires never$/,
  },
  {
    what: 'an immediate commit that expires',
    sql: reservation('taken', `expires_at = '2100-01-01Z'`),
    line: /^at-once: reservation taken, COMMITTED: .*, expires 2100-01-01 00:00:00\+00$/,
  },
  {
    what: 'a hold that changed before it was created',
    sql: reservation('extended', `updated_at = '2020-01-01Z'`),
    line: /^reservation-time: reservation extended: expected \d.* or later, found 2020-01-01 00:00:00\+00$/,
  },
  {
    what: 'a hold that expires in 2100',
    sql: reservation('held', `expires_at = '2100-01-01Z'`),
    line: /^ttl: reservation held, HELD: expected \d.* to \d.*, found 2100-01-01 00:00:00\+00$/,
  },
  {
    what: 'a hold that expired before it was created',
    sql: reservation('expired', `expires_at = '2020-01-01Z'`),
    line: /^ttl: reservation expired, EXPIRED: .*, found 2020-01-01 00:00:00\+00$/,
  },
  {
    what: 'a hold that is 8 days overdue',
    sql: `${ageAll('8 days')}; ${decidedNow('later')}`,
    line: /^overdue: reservation held: expected EXPIRED since about \d.*, found HELD at \d/,
  },
  {
    what: 'a hold that is hours overdue while Inventory decides others',
    sql: `${ageAll('10 hours')};
          ${[1, 2, 3].map((hours) => decidedNow(`later-${hours}`, `now() - interval '${hours} hours'`)).join(';')}`,
    line: /^overdue: reservation held: expected EXPIRED since about \d.*, found HELD at \d/,
  },
  {
    what: 'a hold that is overdue since before the horizon',
    sql: `${ageAll('10 hours')}; update tombstone_horizon set forgotten_before = now()`,
    line: /^overdue: reservation held: expected EXPIRED since about \d.*, found HELD at \d/,
  },
  {
    what: 'a reservation of too many lines',
    sql: `insert into reservation_line select 'rejected', 'x' || n, 1, 0, 'UNKNOWN_SKU'
            from generate_series(1, 99) n`,
    line: 'line-count: reservation rejected: expected up to 100 lines, found 101',
  },
  {
    what: 'a level with an invalid SKU',
    sql: level('cola', `sku = 'co la'`),
    line: 'names: level: expected allowed characters and lengths, found co la',
  },
  {
    what: 'a line with an invalid SKU',
    sql: line('rejected', 'salad', `sku = 'sal ad'`),
    line: 'names: line of reservation rejected: expected allowed characters and lengths, found sal ad',
  },
  {
    what: 'a reservation with an invalid id',
    sql: reservation('tombstone', `id = 'tomb stone'`),
    line: 'names: reservation: expected allowed characters and lengths, found tomb stone',
  },
  {
    what: 'an adjustment without a word of reason',
    sql: movement('pizza', 4, `reason = ''`),
    line: 'names: pizza, movement 4: expected allowed characters and lengths, found adjustment loss, reason , actor test',
  },
  ...NULLABLE_TABLES.flatMap(([table, where, place, columns]) =>
    columns.map((column) => ({
      what: `a row of ${table} without ${column}`,
      sql: `alter table ${table} alter ${column} drop not null;
            update ${table} set ${column} = null where ${where}`,
      line: `required: ${place}: expected a value, found no ${column}`,
    })),
  ),
  {
    what: 'a reservation with two rows',
    sql: `insert into reservation select * from reservation where id = 'held'`,
    line: 'duplicate: reservation held: expected 1 row, found 2 rows',
  },
  {
    what: 'a level with two rows',
    sql: `insert into stock_level select * from stock_level where sku = 'cola'`,
    line: 'duplicate: level cola: expected 1 row, found 2 rows',
  },
  {
    what: 'a line with two rows',
    sql: `insert into reservation_line select * from reservation_line where reservation_id = 'taken'`,
    line: 'duplicate: reservation taken, burger: expected 1 row, found 2 rows',
  },
  {
    what: 'a history of the future',
    sql: ageAll('-1 day'),
    line: /^future: cola, movement 3: expected \d.* or earlier, found \d/,
  },
];
