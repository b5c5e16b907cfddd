import type { Corruption } from './corruption';
import { eventLogCorruptions } from './event-log-corruptions';

const replaceRef = (pattern: string, replacement: string): string =>
  `update event_outbox
      set refs = array(select regexp_replace(ref, '${pattern}', '${replacement}')
                         from unnest(refs) with ordinality as u (ref, nth) order by nth)`;

/** In the order of the checks. */
export const inventoryEventCorruptions: readonly Corruption[] = [
  ...eventLogCorruptions('movement/pizza/1'),
  {
    what: 'the event of a reduction with other units',
    sql: replaceRef('^(reservation/reduced/REDUCED/1/.*tea)=1$', '\\1=2'),
    line: 'event-units: reservation reduced, tea: expected 3 units, found 4 units',
  },
  {
    what: 'the event of a reduction with another SKU',
    sql: replaceRef('^(reservation/reduced-expired/REDUCED/1/.*)tea=1$', '\\1mint=1'),
    line: 'event-units: reservation reduced-expired, mint: expected 0 units, found 1 units',
  },
  {
    what: 'a released hold that was reduced, without its event',
    sql: replaceRef('^reservation/(reduced-released/RELEASED/.*)$', 'other/\\1'),
    line: 'event-units: reservation reduced-released, tea: expected 2 units, found 1 units',
  },
  {
    what: 'the event of a reduction before that of the hold',
    sql: `
      with early as (
        delete from event_outbox where refs[1] like 'reservation/reduced-committed/REDUCED/%'
        returning refs)
      insert into event_outbox (id, refs) overriding system value select -1, refs from early`,
    line: 'event-reductions: event reservation/reduced-committed/HELD: expected a step after 1, found step 0',
  },
  {
    what: 'a threshold with the other side',
    sql: `update stock_threshold set is_low = false, low_at = 50 where sku = 'mint'`,
    line: 'threshold: threshold of mint: expected low, with 50 available, found not low',
  },
  {
    what: 'the threshold of a SKU without a level',
    sql: `update stock_threshold set sku = 'gone' where sku = 'mint'`,
    line: 'threshold: threshold of gone: expected a level, found none',
  },
  {
    what: 'a low SKU without an event',
    sql: replaceRef('^threshold/mint/(.*)$', 'other/\\1'),
    line: /^threshold-event: threshold of mint: expected threshold\/mint\/\d+\/LOW\/.*, found no event$/,
  },
];
