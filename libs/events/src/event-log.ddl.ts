/**
 * SQL that creates the tables of an event log, for a migration. It can be repeated. The order of the
 * columns is part of it: `refs` comes last because it is long.
 */
export const CREATE_EVENT_LOG: readonly string[] = [
  `create table if not exists event_outbox (
     id    bigint generated always as identity,
     refs  text[] collate "C" not null,
     constraint event_outbox_pkey primary key (id),
     constraint event_outbox_refs check (cardinality(refs) > 0)
   )`,
  `create table if not exists event_log (
     first_position  bigint not null,
     last_position   bigint not null,
     sequenced_at    timestamptz not null default clock_timestamp(),
     refs            text[] collate "C" not null,
     constraint event_log_pkey primary key (first_position),
     constraint event_log_positions check
       (first_position > 0 and last_position - first_position + 1 = cardinality(refs))
   )`,
  `create table if not exists event_sequence (
     id               smallint not null default 1,
     history_id       uuid not null,
     last_position    bigint not null default 0,
     pruned_position  bigint not null default 0,
     complete_since   timestamptz not null default clock_timestamp(),
     constraint event_sequence_pkey primary key (id),
     constraint event_sequence_one_row check (id = 1),
     constraint event_sequence_positions check (pruned_position between 0 and last_position)
   )`,
  `create table if not exists event_cursor (
     name          text collate "C" not null,
     position      bigint not null,
     epoch         bigint not null default 0,
     leased_until  timestamptz not null default '-infinity',
     updated_at    timestamptz not null default now(),
     constraint event_cursor_pkey primary key (name),
     constraint event_cursor_position check (position >= 0)
   )`,
];

/**
 * SQL that starts the log. It belongs into the transaction that creates the triggers: their lock waits for
 * transactions that write without them, so events from then on are complete.
 */
export const START_EVENT_LOG =
  'insert into event_sequence (history_id) values (gen_random_uuid()) on conflict (id) do nothing';

export const DROP_EVENT_LOG: readonly string[] = [
  'event_cursor',
  'event_sequence',
  'event_log',
  'event_outbox',
].map((table) => `drop table if exists ${table}`);

/**
 * SQL that creates a trigger which writes the outbox for every statement that inserts into `table`, in
 * the same transaction, whichever program sends it. `refs` is an expression for the reference of the
 * row `added`, in the order `orderBy`.
 */
export const publishInserts = ({
  table,
  ref,
  orderBy,
  where = 'true',
}: {
  readonly table: string;
  readonly ref: string;
  readonly orderBy: string;
  readonly where?: string;
}): readonly string[] => [
  `create or replace function ${table}_publish() returns trigger language plpgsql as $$
   begin
     insert into event_outbox (refs)
     select array_agg(${ref} order by ${orderBy}) from added where ${where} having count(*) > 0;
     return null;
   end $$`,
  `drop trigger if exists ${table}_publish on ${table}`,
  `create trigger ${table}_publish after insert on ${table} referencing new table as added
     for each statement execute function ${table}_publish()`,
];
