/** SQL that creates the table of API keys, for a migration. It can be repeated. */
export const CREATE_API_KEYS: readonly string[] = [
  `create table if not exists api_key (
     id            uuid not null,
     prefix        text collate "C" not null,
     secret_hash   bytea not null,
     name          text collate "C" not null,
     subject       text collate "C" not null,
     scopes        text[] collate "C" not null,
     created_at    timestamptz not null default clock_timestamp(),
     expires_at    timestamptz,
     revoked_at    timestamptz,
     last_used_at  timestamptz,
     constraint api_key_pkey primary key (id),
     constraint api_key_prefix unique (prefix),
     constraint api_key_prefix_format check (prefix ~ '^[a-z2-7]{8}$'),
     constraint api_key_secret_hash check (octet_length(secret_hash) = 32),
     constraint api_key_scopes check
       (cardinality(scopes) > 0 and scopes <@ array['customer', 'staff', 'events', 'admin'])
   )`,
];

/**
 * SQL that lets nothing of a key change but its last use and its first revocation, for a migration. It can be
 * repeated. The role of the app has to update the table, and must not be able to give a key other rights, or to make
 * one valid again. The trigger does not run when uses are recorded.
 */
export const PROTECT_API_KEYS: readonly string[] = [
  `create or replace function api_key_refuse() returns trigger language plpgsql as $$
   begin
     if old.revoked_at is not null and new.revoked_at is distinct from old.revoked_at then
       raise exception 'The API key % is revoked, and stays so.', old.prefix;
     end if;
     if (new.id, new.prefix, new.secret_hash, new.name, new.subject, new.scopes, new.created_at, new.expires_at)
        is distinct from
        (old.id, old.prefix, old.secret_hash, old.name, old.subject, old.scopes, old.created_at, old.expires_at) then
       raise exception 'The settings of the API key % cannot change. Revoke it and create another.', old.prefix;
     end if;
     return new;
   end $$`,
  'drop trigger if exists api_key_unchanged on api_key',
  `create trigger api_key_unchanged before update of
     id, prefix, secret_hash, name, subject, scopes, created_at, expires_at, revoked_at on api_key
     for each row execute function api_key_refuse()`,
];

export const UNPROTECT_API_KEYS: readonly string[] = [
  'drop trigger if exists api_key_unchanged on api_key',
  'drop function if exists api_key_refuse',
];

export const DROP_API_KEYS: readonly string[] = ['drop table if exists api_key'];
