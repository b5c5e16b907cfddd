const TABLES = ['audit_entry', 'audit_outcome'] as const;

/**
 * The role of the app lacks the privileges. The owner has them, and with a single role the app is the owner.
 * The trigger also prevents a mistake at a psql prompt. Per statement: it also rejects statements that would
 * change no row.
 */
const appendOnly = (table: string): readonly string[] => [
  `drop trigger if exists ${table}_append_only on ${table}`,
  `create trigger ${table}_append_only before update or delete or truncate on ${table}
     for each statement execute function audit_refuse()`,
];

/** SQL that creates the tables of the audit trail, for a migration. It can be repeated. */
export const CREATE_AUDIT_TRAIL: readonly string[] = [
  `create table if not exists audit_entry (
     position    bigint generated always as identity,
     at          timestamptz not null default clock_timestamp(),
     actor_kind  text collate "C" not null,
     actor       text collate "C" not null,
     key_id      uuid,
     action      text collate "C" not null,
     target      text collate "C",
     request_id  text collate "C",
     client      text collate "C",
     constraint audit_entry_pkey primary key (position),
     constraint audit_entry_actor_kind check
       (actor_kind in ('anonymous', 'token', 'apiKey', 'operator'))
   )`,
  `create table if not exists audit_outcome (
     position  bigint not null,
     at        timestamptz not null default clock_timestamp(),
     outcome   text collate "C" not null,
     target    text collate "C",
     constraint audit_outcome_pkey primary key (position),
     constraint audit_outcome_entry foreign key (position) references audit_entry (position)
   )`,
  'create index if not exists audit_entry_by_actor on audit_entry (actor, position)',
  'create index if not exists audit_entry_by_action on audit_entry (action, position)',
  `create index if not exists audit_entry_by_target on audit_entry (target, position)
    where target is not null`,
  'create index if not exists audit_entry_by_time on audit_entry (at)',
  `create index if not exists audit_outcome_by_target on audit_outcome (target, position)
    where target is not null`,
  `create or replace function audit_refuse() returns trigger language plpgsql as $$
   begin
     raise exception 'The audit trail (%) is only ever added to: % is refused.', tg_table_name, tg_op;
   end $$`,
  ...TABLES.flatMap(appendOnly),
];

export const DROP_AUDIT_TRAIL: readonly string[] = [
  'drop table if exists audit_outcome',
  'drop table if exists audit_entry',
  'drop function if exists audit_refuse',
];
