import type { Corruption } from './corruption';

/** Moves all events of the outbox into the log, as the sequencer does. */
const SEQUENCE = `
  with moved as (
    delete from event_outbox returning id, refs),
  placed as (
    select refs, sum(cardinality(refs)) over (order by id) as last from moved),
  logged as (
    insert into event_log (first_position, last_position, refs)
    select last - cardinality(refs) + 1, last, refs from placed returning last_position)
  update event_sequence set last_position = (select max(last_position) from logged);`;

/** In the order of the checks. `ref` is the first event of a key that has a second one. */
export const eventLogCorruptions = (ref: string): readonly Corruption[] => {
  const rowOf = `first_position = (select min(first_position) from event_log where '${ref}' = any(refs))`;
  return [
    {
      what: 'a gap between positions',
      sql: `${SEQUENCE}
            update event_log set first_position = first_position + 1, refs = refs[2:]
             where first_position = 1`,
      line: 'event-log-positions: event 2: expected position 1, found position 2',
    },
    {
      what: 'a log that ends before its last position',
      sql: `${SEQUENCE} update event_sequence set last_position = last_position + 5`,
      line: /^event-log-positions: end of the event log: expected position \d+, found position \d+$/,
    },
    {
      what: 'a cursor beyond the end',
      sql: `insert into event_cursor (name, position) values ('sink', 999999)`,
      line: /^event-log-cursors: cursor sink: expected position 0 to \d+, found position 999999$/,
    },
    {
      what: 'a change without an event',
      sql: `${SEQUENCE} update event_log set refs = array_replace(refs, '${ref}', 'other/1') where ${rowOf}`,
      line: /^event-log-once: .*: expected 1 event, found 0 events$/,
    },
    {
      what: 'an event that is twice in the log',
      sql: `${SEQUENCE} insert into event_outbox (refs) values ('{${ref}}')`,
      line: /^event-log-once: .*: expected 1 event, found 2 events$/,
    },
    {
      what: 'an event of a change that does not exist',
      sql: `insert into event_outbox (refs) values (array['${ref}9999'])`,
      line: `event-log-source: event ${ref}9999: expected a row, found none`,
    },
    {
      what: 'events of a key in another order',
      sql: `${SEQUENCE}
            update event_log set refs = array_replace(refs, '${ref}', 'other/1') where ${rowOf};
            insert into event_outbox (refs) values ('{${ref}}')`,
      line: /^event-log-order: event .*: expected a number after \d, found 1$/,
    },
  ];
};
