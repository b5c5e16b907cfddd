import { type Corruption, insertMovement, line, movement, reservation } from './corruption';

const reducedLine = (id: string, sku: string, change: string): string =>
  `update reduced_line set ${change} where reservation_id = '${id}' and sku = '${sku}'`;

/** In the order of the checks. Made for the history in verify.db.spec.ts. */
export const reductionCorruptions: readonly Corruption[] = [
  {
    what: 'a reduced line with more units than are left',
    sql: line('reduced', 'tea', 'quantity = 4'),
    line: 'reduced: reservation reduced, HELD, tea: expected 6 held, 2 released, 0 committed, 0 expired, found 6 held, 3 released, 0 committed, 0 expired',
  },
  {
    what: 'a reduction whose units did not return',
    sql: `delete from stock_movement where reservation_id = 'reduced' and sku = 'mint' and kind = 'RELEASED'`,
    line: 'reduced: reservation reduced, HELD, mint: expected 2 held, 2 released, 0 committed, 0 expired, found 2 held, 0 released, 0 committed, 0 expired',
  },
  {
    what: 'a commit of all units that were held before a reduction',
    sql: line('reduced-committed', 'tea', 'quantity = 2'),
    line: /^reduced: reservation reduced-committed, COMMITTED, tea: expected 2 held, 0 released, 2 committed, 0 expired, found /,
  },
  {
    what: 'a reduced line without movements',
    sql: `delete from stock_movement where reservation_id = 'reduced-expired'`,
    line: 'reduced: reservation reduced-expired, EXPIRED, tea: expected 2 held, 1 released, 0 committed, 1 expired, found no movement',
  },
  {
    what: 'a reduction before its hold',
    sql: movement('tea', 2, 'seq = 100'),
    line: 'reduced-order: reservation reduced, tea: expected HELD, then RELEASED, then COMMITTED or EXPIRED or nothing, found RELEASED, RELEASED, HELD',
  },
  {
    what: 'units that were returned after the commit',
    sql: insertMovement('tea', 100, 'RELEASED', '0, -1', 'reduced-committed'),
    line: /^reduced-order: reservation reduced-committed, tea: .*, found HELD, RELEASED, COMMITTED, RELEASED$/,
  },
  {
    what: 'a line that was reduced to more units',
    sql: reducedLine('reduced', 'tea', 'quantity = 3'),
    line: 'reduced-line: reduced line of reservation reduced, tea: expected more than 3 held, of a reservation that was held, found 3 held, HELD',
  },
  {
    what: 'a reduced line of a rejection',
    sql: `insert into reduced_line values ('rejected', 'soup', 1)`,
    line: 'reduced-line: reduced line of reservation rejected, soup: expected more than 0 held, of a reservation that was held, found 1 held, REJECTED',
  },
  {
    what: 'a reduced line of a missing reservation',
    sql: `insert into reduced_line values ('gone', 'tea', 1)`,
    line: /^reduced-line: reduced line of reservation gone, tea: .*, found 1 held, no reservation$/,
  },
  {
    what: 'a reservation that counts too few reductions',
    sql: reservation('reduced', 'reductions = 1'),
    line: 'reductions: reservation reduced: expected 2 to 5, found 1',
  },
  {
    what: 'a reservation that was reduced too often',
    sql: reservation('reduced-released', 'reductions = 6'),
    line: 'reductions: reservation reduced-released: expected 1 to 5, found 6',
  },
  {
    what: 'a reservation that counts a reduction that it did not have',
    sql: reservation('committed', 'reductions = 1'),
    line: 'reductions: reservation committed: expected 0, found 1',
  },
];
