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

export const DROP_API_KEYS: readonly string[] = ['drop table if exists api_key'];
