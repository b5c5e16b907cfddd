import { MigrationReview } from './blocking-ddl';

const review = async (...statements: readonly string[]): Promise<string[]> => {
  const migration = new MigrationReview(new Map([['orders_by_user', 'orders']]));
  for (const sql of statements) await migration.review(sql);
  return migration.faults;
};

const BEGIN = 'START TRANSACTION';
const CHECK = 'alter table orders add constraint c check (note is not null)';
const VALIDATE = 'alter table orders validate constraint c';

it.each([
  ['CREATE INDEX', ['create index i on orders (note)']],
  ['CREATE UNIQUE INDEX', ['create unique index i on "public"."orders" (note)']],
  ['a CHECK', [CHECK]],
  ['a foreign key', ['alter table orders add foreign key (id) references other (id)']],
  ['a unique constraint', ['alter table orders add constraint u unique (note)']],
  ['SET NOT NULL', ['alter table orders alter column note set not null']],
  [
    'SET NOT NULL with a CHECK that is not validated',
    [`${CHECK} not valid`, 'alter table orders alter note set not null'],
  ],
  [
    'SET NOT NULL with a CHECK of another column',
    [`${CHECK} not valid`, VALIDATE, 'alter table orders alter status set not null'],
  ],
  ['ALTER TYPE', ['alter table orders alter column attempts type bigint']],
  ['ALTER TYPE with USING', ['alter table orders alter note type text using lower(note)']],
  ['a volatile default', ['alter table orders add column u uuid default gen_random_uuid()']],
  ['clock_timestamp()', ['alter table orders add t timestamptz default clock_timestamp()']],
  ['a serial column', ['alter table orders add column n bigserial']],
  ['an identity', ['alter table orders add column n int generated always as identity']],
  ['a generated column', ['alter table orders add n int generated always as (attempts) stored']],
  ['a new column with a CHECK', ['alter table orders add column n int check (n > 0)']],
  ['UPDATE of all rows', ['update orders set note = null']],
  ['UPDATE of many rows', [`update orders set note = '' where note is null`]],
  ['DELETE of all rows', ['delete from orders']],
  ['UPDATE in a CTE', ['with u as (update orders set note = null returning id) select * from u']],
  ['VALIDATE in the same transaction', [BEGIN, `${CHECK} not valid`, VALIDATE, 'COMMIT']],
  ['VALIDATE in the same message', [`${CHECK} not valid; ${VALIDATE}`]],
  [
    'VALIDATE in the same statement',
    ['alter table orders drop constraint d, validate constraint c'],
  ],
  [
    'a batch while the table is locked',
    [
      BEGIN,
      'alter table orders add column n int',
      'update orders set n = 1 where id in (select id from orders limit 9)',
    ],
  ],
  [
    'a batch while another table is locked',
    [
      BEGIN,
      'alter table orders add column n int',
      'update order_event set seq = 1 where order_id in (select id from orders limit 9)',
    ],
  ],
  ['DROP INDEX', ['drop index orders_by_user']],
  ['DROP INDEX in a transaction', [BEGIN, 'drop index orders_by_user', 'COMMIT']],
  [
    'DROP INDEX after the transaction that locked the table',
    [BEGIN, 'alter table orders add n int', 'COMMIT', 'drop index orders_by_user'],
  ],
  ['LOCK TABLE', ['lock table orders in share mode']],
  ['CLUSTER', ['cluster orders']],
  ['VACUUM FULL', ['vacuum (full, analyze) orders']],
  ['REINDEX', ['reindex table orders']],
  ['SET TABLESPACE', ['alter table orders set tablespace fast']],
  ['DO', ['do $$ begin update orders set note = null; end $$']],
])('rejects %s', async (_what, statements) => {
  const faults = await review(...statements);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toContain(
    statements.at(-1) === 'COMMIT' ? statements.at(-2) : statements.at(-1),
  );
});

it.each([
  ['a concurrent index', ['create unique index concurrently i on orders (note)']],
  ['a table with its index', ['create table t (n int)', 'create index i on t (n)']],
  ['DROP INDEX CONCURRENTLY', ['drop index concurrently if exists orders_by_user']],
  [
    'DROP INDEX in the transaction that locks the table',
    [BEGIN, 'alter table orders drop constraint c', 'drop index orders_by_user', 'COMMIT'],
  ],
  ['NOT VALID, then VALIDATE', [BEGIN, `${CHECK} not valid`, 'COMMIT', VALIDATE]],
  [
    'SET NOT NULL with a validated CHECK',
    [`${CHECK} not valid`, VALIDATE, 'alter table orders alter note set not null'],
  ],
  ['a collation', ['alter table orders alter column note type text collate "C"']],
  [
    'constant and stable defaults',
    [
      `alter table orders add n int not null default 1, add t timestamptz default now() + interval '1 s'`,
    ],
  ],
  [
    'a batch',
    [
      `with b as (select id from orders limit 9) update orders o set note = '' from b where b.id = o.id`,
    ],
  ],
  ['a constraint by its index', ['alter table orders add constraint u unique using index i']],
  ['REINDEX CONCURRENTLY', ['reindex index concurrently orders_by_user']],
])('accepts %s', async (_what, statements) => {
  expect(await review(...statements)).toEqual([]);
});
