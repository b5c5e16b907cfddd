import type { Corruption } from './corruption';

/** A corruption of the schema, in a database whose tables another role uses. */
type SchemaCorruption = (role: string) => Corruption;

const alterTable = (table: string, change: string): string => `alter table ${table} ${change}`;

const ledgerTrigger = (change: string): string =>
  alterTable('stock_movement', `${change} trigger stock_movement_append_only`);

/** In the order of the checks. Made for Inventory's schema and its role. */
const corruptions: readonly SchemaCorruption[] = [
  () => ({
    what: 'a deleted row of a migration',
    sql: `delete from migration where name = 'LevelTimes1764300000000'`,
    line: 'migration: LevelTimes1764300000000: expected run once, found not run',
  }),
  () => ({
    what: 'a migration of another version',
    sql: `insert into migration (timestamp, name) values (1, 'Later1')`,
    line: 'migration: Later1: expected no migration of this name, found run once',
  }),
  () => ({
    what: 'a migration with another time',
    sql: `update migration set timestamp = timestamp + 1 where name = 'LevelTimes1764300000000'`,
    line: 'migration: LevelTimes1764300000000: expected run once, found run once at another time',
  }),
  () => ({
    what: 'a migration that was run twice',
    sql: `insert into migration (timestamp, name) select timestamp, name from migration limit 1`,
    line: /^migration: .*: expected run once, found run 2 times$/,
  }),
  () => ({
    what: 'a table whose triggers do not fire',
    sql: `update pg_class set relhastriggers = false where relname = 'stock_movement'`,
    line: 'table: stock_movement: expected table, found table, its triggers are ignored',
  }),
  () => ({
    what: 'a table whose indexes are not used',
    sql: `update pg_class set relhasindex = false where relname = 'reservation'`,
    line: 'table: reservation: expected table, found table, its indexes are ignored',
  }),
  () => ({
    what: 'a table whose constraints are not checked',
    sql: `update pg_class set relchecks = 0 where relname = 'stock_level'`,
    line: 'table: stock_level: expected table, found table, its checks are ignored',
  }),
  () => ({
    what: 'an unlogged table',
    sql: alterTable('tombstone_horizon', 'set unlogged'),
    line: 'table: tombstone_horizon: expected table, found table, unlogged',
  }),
  () => ({
    what: 'row level security',
    sql: alterTable('stock_level', 'enable row level security'),
    line: 'table: stock_level: expected table, found table, row level security',
  }),
  () => ({
    what: 'a policy',
    sql: 'create policy everything on stock_level',
    line: 'table: stock_level: expected table, found table, policies everything',
  }),
  () => ({
    what: 'a rule that swallows writes',
    sql: 'create rule swallow as on insert to stock_movement do instead nothing',
    line: 'table: stock_movement: expected table, found table, rules swallow',
  }),
  () => ({
    what: 'a table that inherits',
    sql: 'create table shadow () inherits (reservation)',
    line: 'table: reservation: expected table, found table, inherited by shadow',
  }),
  () => ({
    what: 'a renamed table',
    sql: `${alterTable('tombstone_horizon', 'rename to horizon')};
          create view tombstone_horizon as select * from horizon`,
    line: 'table: tombstone_horizon: expected table, found relation of kind v',
  }),
  () => ({
    what: 'an added column',
    sql: alterTable('stock_level', 'add extra text'),
    line: 'column: stock_level.extra: expected none, found text',
  }),
  () => ({
    what: 'a dropped column',
    sql: alterTable('stock_movement', 'drop actor'),
    line: 'column: stock_movement.actor: expected text, found none',
  }),
  () => ({
    what: 'a column of another type',
    sql: alterTable('reservation_line', 'alter available type bigint'),
    line: 'column: reservation_line.available: expected integer, found bigint',
  }),
  () => ({
    what: 'a column of another collation',
    sql: alterTable('stock_movement', 'alter adjustment_id type text collate "default"'),
    line: 'column: stock_movement.adjustment_id: expected text collate "C", found text',
  }),
  () => ({
    what: 'a column that accepts null',
    sql: alterTable('stock_movement', 'alter kind drop not null'),
    line: 'column: stock_movement.kind: expected text not null, found text',
  }),
  () => ({
    what: 'a column without its default',
    sql: alterTable('stock_level', 'alter shortfall drop default'),
    line: 'column: stock_level.shortfall: expected integer not null default 0, found integer not null',
  }),
  () => ({
    what: 'a dropped CHECK',
    sql: alterTable('stock_movement', 'drop constraint stock_movement_seq'),
    line: 'constraint: stock_movement.stock_movement_seq: expected CHECK ((seq > 0)), found none',
  }),
  () => ({
    what: 'a CHECK that is not validated',
    sql: `${alterTable('stock_movement', 'drop constraint stock_movement_seq')};
          ${alterTable('stock_movement', 'add constraint stock_movement_seq check (seq > 0) not valid')}`,
    line: 'constraint: stock_movement.stock_movement_seq: expected CHECK ((seq > 0)), found CHECK ((seq > 0)) NOT VALID',
  }),
  () => ({
    what: 'a weaker CHECK',
    sql: `${alterTable('stock_level', 'drop constraint stock_level_shortfall')};
          ${alterTable('stock_level', 'add constraint stock_level_shortfall check (true)')}`,
    line: 'constraint: stock_level.stock_level_shortfall: expected CHECK ((shortfall >= 0)), found CHECK (true)',
  }),
  () => ({
    what: 'a dropped foreign key',
    sql: alterTable('reservation_line', 'drop constraint reservation_line_reservation'),
    line: /^constraint: reservation_line\.reservation_line_reservation: expected FOREIGN KEY .*, found none$/,
  }),
  () => ({
    what: 'a foreign key that is not checked',
    sql: alterTable('reservation_line', 'disable trigger all'),
    line: /^constraint: reservation_line\.reservation_line_reservation: .* REFERENCES reservation\(id\), not checked: its triggers are disabled$/,
  }),
  () => ({
    what: 'a dropped primary key',
    sql: alterTable('stock_level', 'drop constraint stock_level_pkey'),
    line: 'constraint: stock_level.stock_level_pkey: expected PRIMARY KEY (sku), found none',
  }),
  () => ({
    what: 'a dropped unique index',
    sql: 'drop index stock_movement_adjustment',
    line: /^index: stock_movement_adjustment: expected CREATE UNIQUE INDEX .*, found none$/,
  }),
  () => ({
    what: 'a unique index that is not unique any more',
    sql: `drop index stock_movement_adjustment;
          create index stock_movement_adjustment on stock_movement (adjustment_id)
           where adjustment_id is not null`,
    line: /^index: stock_movement_adjustment: expected CREATE UNIQUE INDEX .*, found CREATE INDEX /,
  }),
  () => ({
    what: 'an invalid index',
    sql: `update pg_index set indisvalid = false where indexrelid = 'reservation_due'::regclass`,
    line: /^index: reservation_due: expected .* IS NOT NULL, found .* IS NOT NULL, invalid$/,
  }),
  () => ({
    what: 'a disabled trigger of the ledger',
    sql: ledgerTrigger('disable'),
    line: /^trigger: stock_movement\.stock_movement_append_only: expected .*, found .*, disabled$/,
  }),
  () => ({
    what: 'a trigger of the ledger that only works in replication',
    sql: ledgerTrigger('enable replica'),
    line: /^trigger: stock_movement\.stock_movement_append_only: .*, enabled for replication only$/,
  }),
  () => ({
    what: 'a dropped trigger of the ledger',
    sql: 'drop trigger stock_movement_append_only on stock_movement',
    line: /^trigger: stock_movement\.stock_movement_append_only: expected CREATE TRIGGER .*, found none$/,
  }),
  () => ({
    what: 'another trigger',
    sql: `create trigger another before insert on stock_level
            for each row execute function suppress_redundant_updates_trigger()`,
    line: /^trigger: stock_level\.another: expected none, found CREATE TRIGGER another /,
  }),
  () => ({
    what: 'a trigger function that does nothing',
    sql: `create or replace function stock_movement_refuse() returns trigger language plpgsql
            as 'begin return null; end'`,
    line: /^function: stock_movement_refuse: expected plpgsql as begin raise .*, found plpgsql as begin return null; end$/,
  }),
  (role) => ({
    what: 'a role for which triggers do not work',
    sql: `alter role ${role} set session_replication_role = replica`,
    line: `replication-role: role ${role}: expected session_replication_role=origin, found session_replication_role=replica`,
  }),
  (role) => ({
    what: 'a ledger that its role may update',
    sql: `grant update on stock_movement to ${role}`,
    line: `privilege: stock_movement of role ${role}: expected select, insert, found select, insert, update`,
  }),
  (role) => ({
    what: 'a column of the ledger that its role may update',
    sql: `grant update (reason) on stock_movement to ${role}`,
    line: `privilege: stock_movement of role ${role}: expected select, insert, found select, insert, update`,
  }),
  (role) => ({
    what: 'a ledger that its role may truncate',
    sql: `grant truncate on stock_movement to ${role} with grant option`,
    line: `privilege: stock_movement of role ${role}: expected select, insert, found select, insert, truncate with grant option`,
  }),
  (role) => ({
    what: 'a role that lacks a privilege',
    sql: `revoke insert on stock_movement from ${role}`,
    line: `privilege: stock_movement of role ${role}: expected select, insert, found select`,
  }),
  (role) => ({
    what: 'a role that may write all tables',
    sql: `grant pg_write_all_data to ${role}`,
    line: `privilege: stock_movement of role ${role}: expected select, insert, found select, insert, update, delete`,
  }),
  () => ({
    what: 'a ledger that everyone may delete from',
    sql: 'grant delete on stock_movement to public',
    line: 'privilege: stock_movement of PUBLIC: expected none, or select, found delete',
  }),
  (role) => ({
    what: 'a ledger that its role owns',
    sql: alterTable('stock_movement', `owner to ${role}`),
    line: new RegExp(`^owner: stock_movement: expected \\S+, found ${role}$`),
  }),
  () => ({
    what: 'a login without a grant of its own that may write all tables',
    sql: 'create role writer login; grant pg_write_all_data to writer',
    line: 'privilege: stock_movement of role writer: expected select, insert, found insert, update, delete',
  }),
  (role) => ({
    what: 'a role that may become the owner',
    sql: `create role tables_owner noinherit; ${alterTable('stock_level', 'owner to tables_owner')};
          alter role ${role} noinherit; grant tables_owner to ${role}`,
    line: `role: role ${role}: expected no such power, found owner`,
  }),
  (role) => ({
    what: 'a role that owns the schema',
    sql: `alter schema public owner to ${role}`,
    line: `role: role ${role}: expected no such power, found owner of the schema`,
  }),
  (role) => ({
    what: 'a role that owns the database',
    sql: `do $$ begin execute format('alter database %I owner to ${role}', current_database()); end $$`,
    line: `role: role ${role}: expected no such power, found owner of the database`,
  }),
  (role) => ({
    what: 'a role that may write files of the server',
    sql: `grant pg_write_server_files to ${role}`,
    line: `role: role ${role}: expected no such power, found may write files of the server`,
  }),
  (role) => ({
    what: 'a role that may create schemas',
    sql: `do $$ begin execute format('grant create on database %I to ${role}', current_database()); end $$`,
    line: `role: role ${role}: expected no such power, found may create schemas`,
  }),
  (role) => ({
    what: 'a role that may not use the schema',
    sql: `revoke usage on schema public from public, ${role}`,
    line: `access: role ${role}: expected connect, usage, found connect`,
  }),
  (role) => ({
    what: 'a view through which a role may write',
    sql: `create view levels as select * from stock_level; grant update on levels to ${role}`,
    line: `delegate: view levels of role ${role}: expected at most select, found update`,
  }),
  (role) => ({
    what: "a function that changes a table as the table's owner",
    sql: `create function forget(gone text) returns void language sql security definer
            as 'delete from stock_level where sku = gone';
          grant execute on function forget to ${role}`,
    line: `delegate: function forget(text) of role ${role}: expected not executable, found security definer`,
  }),
  (role) => ({
    what: 'a trigger function that changes a table for roles that may not',
    sql: `create table mailbox (sku text); grant insert on mailbox to ${role};
          create function forget_sent() returns trigger language plpgsql security definer
            as 'begin delete from stock_level where sku = new.sku; return new; end';
          revoke execute on function forget_sent from public;
          create trigger forget after insert on mailbox for each row execute function forget_sent()`,
    line: `delegate: function forget_sent() of role ${role}: expected not executable, found security definer`,
  }),
  () => ({
    what: 'a collation whose library has another version now',
    sql: `create index drifting on stock_movement (reason collate ucs_basic);
          update pg_collation set collversion = '0.1' where collname = 'ucs_basic'`,
    line: /^collation: collation ucs_basic: expected 0\.1, found /,
  }),
];

export const schemaCorruptions = (role: string): readonly Corruption[] =>
  corruptions.map((corruption) => corruption(role));
