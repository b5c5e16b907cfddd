import type { Check } from './check';

/** A table whose rows are events, such as the timelines of orders. */
export interface EventSource {
  /** Selects the `ref` of each row, its `place` in words, and the time `at` when it was written. */
  readonly rows: string;
  /** The key, as SQL over `ref`. Events of one key are in the log in the order of their numbers. */
  readonly key: string;
  /** The number of an event within its key, as SQL over `ref`. */
  readonly number: string;
  /** Selects the refs that these rows have, among all of the log, as a condition over `ref`. */
  readonly isOwn: string;
}

/** All events of the log and the outbox, in their order. */
export const LOGGED = `
  select ref, 0 as part, first_position as row, n
    from event_log cross join unnest(refs) with ordinality as entry (ref, n)
  union all
  select ref, 1, id, n from event_outbox cross join unnest(refs) with ordinality as entry (ref, n)`;

const POSITIONS: Check = {
  name: 'event-log-positions',
  rule: 'The positions of the event log have no gap, from the oldest kept event to the last one.',
  subject: 'log',
  sql: `
    select format('event %s', first_position) as place,
           format('position %s', expected) as expected,
           format('position %s', first_position) as found
      from (select first_position,
                   coalesce(lag(last_position) over (order by first_position),
                            (select pruned_position from event_sequence)) + 1 as expected
              from event_log) l
     where first_position <> expected
    union all
    select 'end of the event log', format('position %s', s.last_position),
           format('position %s', coalesce(l.last, s.pruned_position))
      from event_sequence s cross join (select max(last_position) as last from event_log) l
     where s.last_position <> coalesce(l.last, s.pruned_position)`,
};

const CURSORS: Check = {
  name: 'event-log-cursors',
  rule: 'No cursor is beyond the end of the event log, or, while it is used, before its oldest kept event.',
  subject: 'cursors',
  sql: `
    select format('cursor %s', name) as place,
           format('position %s to %s', pruned_position, last_position) as expected,
           format('position %s', position) as found
      from event_cursor cross join event_sequence
     where position > last_position
           -- Events are kept for an hour at least. Those of a cursor that is not used may be deleted.
        or (position < pruned_position and updated_at > now() - interval '1 hour')
     order by name`,
};

/** The event log agrees with the rows that its events are about. */
export const eventLogChecks = ({ rows, key, number, isOwn }: EventSource): readonly Check[] => [
  POSITIONS,
  CURSORS,
  {
    name: 'event-log-once',
    rule: 'Each change since the oldest kept event is exactly once in the event log or its outbox.',
    subject: 'log',
    sql: `
      select source.place, '1 event' as expected, format('%s events', coalesce(logged.count, 0)) as found
        from (${rows}) source
        left join (select ref, count(*) from (${LOGGED}) each group by ref) logged using (ref)
       where coalesce(logged.count, 0) > 1
          or (logged.count is null and source.at > (select complete_since from event_sequence))
       order by source.place`,
  },
  {
    name: 'event-log-source',
    rule: 'Each event of the log is about a row that exists.',
    subject: 'log',
    sql: `
      select format('event %s', ref) as place, 'a row' as expected, 'none' as found
        from (${LOGGED}) logged
       where ${isOwn} and not exists (select from (${rows}) source where source.ref = logged.ref)
       order by ref`,
  },
  {
    name: 'event-log-order',
    rule: 'The events of one key are in the log in their own order.',
    subject: 'log',
    sql: `
      select format('event %s', ref) as place, format('a number after %s', previous) as expected,
             format('%s', number) as found
        from (select ref, ${number} as number,
                     lag(${number}) over (partition by ${key} order by part, row, n) as previous
                from (${LOGGED}) logged where ${isOwn}) numbered
       where number <= previous
       order by ref`,
  },
];
