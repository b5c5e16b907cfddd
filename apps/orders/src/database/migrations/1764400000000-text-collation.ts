import {
  createIndexConcurrently,
  dropIndexConcurrently,
  type IndexDefinition,
  validateConstraint,
  withShortLock,
} from '@app/postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { rejectDuplicateKeys } from '../duplicate-keys';

/** Replaced by an index of the same columns, which takes over its name. */
const RENAMED: readonly IndexDefinition[] = [
  { name: 'orders_by_user_c', on: 'orders (user_id collate "C", id)' },
  { name: 'orders_by_status_c', on: 'orders (status collate "C", id)' },
];

/**
 * Complete indexes in place of partial ones, which ALTER TYPE would build anew under its lock. They
 * serve the same queries until the partial ones exist again.
 */
const INTERIM: readonly IndexDefinition[] = [
  {
    name: 'orders_idempotency_key_c',
    isUnique: true,
    on: 'orders (user_id collate "C", idempotency_key collate "C")',
  },
  { name: 'orders_due_c', on: 'orders (status collate "C", next_attempt_at)' },
  { name: 'orders_overdue_c', on: 'orders (status collate "C", accept_by)' },
];

const PARTIAL: readonly IndexDefinition[] = [
  {
    name: 'orders_idempotency_key',
    isUnique: true,
    on: 'orders (user_id, idempotency_key) where idempotency_key is not null',
  },
  {
    name: 'orders_due',
    on: 'orders (status, next_attempt_at) where next_attempt_at is not null',
  },
  { name: 'orders_overdue', on: `orders (accept_by) where status = 'PENDING'` },
];

const DROP_INDEXES = `
  drop index if exists orders_by_user, orders_by_status, orders_idempotency_key, orders_due,
                       orders_overdue`;

interface TableCollation {
  readonly table: string;
  readonly columns: readonly string[];
  /** The CHECKs of these columns. ALTER TYPE would check all rows against them under its lock. */
  readonly checks: Readonly<Record<string, string>>;
}

const ORDERS: TableCollation = {
  table: 'orders',
  columns: ['user_id', 'note', 'status', 'cancel_reason', 'idempotency_key'],
  checks: {
    orders_status: `status in
      ('PENDING', 'CONFIRMED', 'CANCELLING', 'CANCELLED', 'FULFILLING', 'FULFILLED')`,
    orders_cancel_reason: `(status in ('CANCELLING', 'CANCELLED')) = (cancel_reason is not null)`,
    orders_next_attempt: `num_nonnulls(next_attempt_at, parked_at)
      = case when status in ('PENDING', 'CANCELLING', 'FULFILLING') then 1 else 0 end`,
  },
};

const EVENTS: TableCollation = {
  table: 'order_event',
  columns: ['event', 'status', 'actor', 'reason'],
  checks: {
    order_event_event: `event in ('PLACED', 'CONFIRMED', 'CANCELLING', 'CANCELLED', 'FULFILLING',
      'FULFILLED', 'NO_ANSWER', 'REFUSED', 'PARKED', 'RETRIED')`,
    order_event_actor: `actor in ('CUSTOMER', 'SYSTEM', 'STAFF', 'ADMIN', 'SETTLER')`,
  },
};

const dropChecks = ({ table, checks }: TableCollation): string =>
  `alter table ${table} ${Object.keys(checks)
    .map((name) => `drop constraint if exists ${name}`)
    .join(', ')}`;

const setCollation = ({ table, columns }: TableCollation, collation: string): string =>
  `alter table ${table} ${columns
    .map((column) => `alter column ${column} type text collate "${collation}"`)
    .join(', ')}`;

const addChecks = ({ table, checks }: TableCollation, valid: '' | 'not valid'): string =>
  `alter table ${table} ${Object.entries(checks)
    .map(([name, check]) => `add constraint ${name} check (${check}) ${valid}`)
    .join(', ')}`;

const isConverted = async (runner: QueryRunner, { table }: TableCollation): Promise<boolean> => {
  const rows = (await runner.query(
    `select from pg_attribute
      where attrelid = to_regclass($1) and attname = 'status' and attcollation = '"C"'::regcollation`,
    [table],
  )) as object[];
  return rows.length > 0;
};

/** Changes only the catalog: neither the table nor an index is written anew. */
const convert = async (
  runner: QueryRunner,
  table: TableCollation,
  swap: readonly string[] = [],
): Promise<void> => {
  if (!(await isConverted(runner, table))) {
    await withShortLock(
      runner,
      dropChecks(table),
      ...swap,
      setCollation(table, 'C'),
      addChecks(table, 'not valid'),
    );
  }
  for (const name of Object.keys(table.checks)) {
    await validateConstraint(runner, table.table, name);
  }
};

/** The new unique index is complete before the old one is dropped: a key is unique at every moment. */
const createIndexes = async (runner: QueryRunner): Promise<void> => {
  await rejectDuplicateKeys(runner, async () => {
    for (const index of [...RENAMED, ...INTERIM]) await createIndexConcurrently(runner, index);
  });
};

/**
 * All text of Orders gets the collation "C", which sorts by bytes. Under the default collation, another
 * version of the sort library finds no keys in an index of the version before, and places a second
 * order for a repeated key.
 *
 * Runs outside a transaction. Each step can be repeated, so a migration that was interrupted continues.
 */
export class TextCollation1764400000000 implements MigrationInterface {
  name = 'TextCollation1764400000000';
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    if (!(await isConverted(runner, ORDERS))) await createIndexes(runner);
    const renamed = RENAMED.map(
      ({ name }) => `alter index ${name} rename to ${name.replace(/_c$/, '')}`,
    );
    await convert(runner, ORDERS, [DROP_INDEXES, ...renamed]);
    for (const index of PARTIAL) await createIndexConcurrently(runner, index);
    for (const { name } of INTERIM) await dropIndexConcurrently(runner, name);
    await convert(runner, EVENTS);
  }

  /** Blocks the tables while it creates the indexes. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(DROP_INDEXES);
    for (const table of [ORDERS, EVENTS]) {
      await runner.query(dropChecks(table));
      await runner.query(setCollation(table, 'default'));
      await runner.query(addChecks(table, ''));
    }
    await runner.query('create index orders_by_user on orders (user_id, id)');
    await runner.query('create index orders_by_status on orders (status, id)');
    for (const { name, on, isUnique } of PARTIAL) {
      await runner.query(`create ${isUnique ? 'unique' : ''} index ${name} on ${on}`);
    }
  }
}
