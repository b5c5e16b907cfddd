import type { Corruption } from './corruption';
import { event, order } from './order-corruption';
import { IDS } from './order-history';

const NOWHERE = '01940000-0000-7000-8000-000000000099';

/** Changes what an order keeps of a SKU since a reduction. */
const kept = (id: string, number: number, sku: string, change: string): string =>
  `update order_reduction set ${change}
    where order_id = '${id}' and number = ${number} and sku = '${sku}'`;

const keep = (id: string, number: number, sku: string, quantity: number): string =>
  `insert into order_reduction values ('${id}', ${number}, '${sku}', ${quantity})`;

/** In the order of the checks. Made for the history in order-history.ts. */
export const orderReductionCorruptions: readonly Corruption[] = [
  {
    what: 'an order that counts a reduction too many',
    sql: order(IDS.reduced, 'reductions = 2'),
    line: `reduction-count: order ${IDS.reduced}: expected 1 of 0 to 5 reductions, with as many events, found 2, numbered 1 to 1, with 1 events`,
  },
  {
    what: 'an order that does not count its reduction',
    sql: order(IDS.reducing, 'reductions = 0'),
    line: /^reduction-count: .*: expected 1 of .*, found 0, numbered 1 to 1, with 1 events$/,
  },
  {
    what: 'a reduction without an event',
    sql: event(IDS.reducing, 3, `event = 'RETRIED'`),
    line: /^reduction-count: .*, found 1, numbered 1 to 1, with 0 events$/,
  },
  {
    what: 'a reduction that keeps nothing of what was named',
    sql: `delete from order_reduction where order_id = '${IDS.reducedTwice}' and number = 1`,
    line: /^reduction-count: .*, found 2, numbered 2 to 2, with 2 events$/,
  },
  {
    what: 'a reduction of a missing order',
    sql: keep(NOWHERE, 1, 'burger', 1),
    line: `reduction-count: order ${NOWHERE}: expected 1 of 0 to 5 reductions, with as many events, found no order`,
  },
  {
    what: 'more reductions than allowed',
    sql: `${order(IDS.reduced, 'reductions = 6')};
          insert into order_reduction select '${IDS.reduced}', n, 'burger', 6 - n
            from generate_series(2, 6) n;
          insert into order_event (order_id, seq, event, status, actor)
            select '${IDS.reduced}', 10 + n, 'REDUCING', 'REDUCING', 'CUSTOMER'
              from generate_series(1, 5) n`,
    line: /^reduction-count: .*: expected 6 of 0 to 5 reductions, .*, found 6, numbered 1 to 6, with 6 events$/,
  },
  {
    what: 'a reduction that adds units',
    sql: kept(IDS.reducing, 1, 'burger', 'quantity = 6'),
    line: `reduction-units: order ${IDS.reducing}, reduction 1, burger: expected 0 to 4, found 6`,
  },
  {
    what: 'a second reduction that returns to the units before',
    sql: kept(IDS.reducedTwice, 2, 'burger', 'quantity = 3'),
    line: `reduction-units: order ${IDS.reducedTwice}, reduction 2, burger: expected 0 to 2, found 3`,
  },
  {
    what: 'a reduction to a negative number of units',
    sql: kept(IDS.reducing, 1, 'burger', 'quantity = -1'),
    line: /^reduction-units: .*: expected 0 to 4, found -1$/,
  },
  {
    what: 'a reduction of a SKU that was not ordered',
    sql: keep(IDS.reducing, 1, 'cola', 0),
    line: `reduction-units: order ${IDS.reducing}, reduction 1, cola: expected a SKU of the order, found 0`,
  },
  {
    what: 'an order of which nothing is left',
    sql: keep(IDS.reduced, 1, 'burger', 0),
    line: `reduction-rest: order ${IDS.reduced}: expected 1 unit or more, found 0`,
  },
];
