import type { QueryRunner } from 'typeorm';
import { retryWhileBlocked } from './lock-retry';
import { hasCode } from './postgres-errors';

/**
 * Waits of statements that block no reads and writes while they wait: for transactions that began
 * before them. The longest dump or report that a migration waits for.
 */
const PATIENT_LOCK_WAIT_MS = 300_000;

const UNIQUE_VIOLATION = '23505';

export interface IndexDefinition {
  readonly name: string;
  readonly isUnique?: boolean;
  /** The table with what follows it: `orders (user_id, id) where …`. */
  readonly on: string;
}

const requireNoTransaction = (runner: QueryRunner): void => {
  if (!runner.isTransactionActive) return;
  throw new Error('This step cannot run in a transaction: set `transaction = false`.');
};

const withPatience = async (runner: QueryRunner, sql: string): Promise<void> => {
  const [before] = (await runner.query(
    `select current_setting('lock_timeout') as value, set_config('lock_timeout', '${PATIENT_LOCK_WAIT_MS}', false)`,
  )) as { value: string }[];
  try {
    await runner.query(sql);
  } finally {
    // Fails only if the connection is lost.
    await runner.query(`set lock_timeout = '${before?.value ?? 0}'`).catch(() => undefined);
  }
};

const runInTransaction = async (
  runner: QueryRunner,
  statements: readonly string[],
): Promise<void> => {
  await runner.startTransaction();
  try {
    for (const sql of statements) await runner.query(sql);
    await runner.commitTransaction();
  } catch (error) {
    await runner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
};

/**
 * Runs statements that need an exclusive lock for a moment, in one transaction. Each waits at most
 * 500 ms for its lock, because all later statements on the table wait behind it. All are retried, with
 * pauses, for 2 minutes. In a migration with a transaction, the whole migration is retried instead.
 */
export const withShortLock = async (
  runner: QueryRunner,
  ...statements: readonly string[]
): Promise<void> => {
  if (runner.isTransactionActive) {
    for (const sql of statements) await runner.query(sql);
    return;
  }
  await retryWhileBlocked(runner.dataSource, () => runInTransaction(runner, statements));
};

/** Returns whether the index exists and is complete; undefined if it does not exist. */
const isIndexValid = async (runner: QueryRunner, name: string): Promise<boolean | undefined> => {
  const [index] = (await runner.query(
    `select indisvalid and indisready as valid from pg_index where indexrelid = to_regclass($1)`,
    [name],
  )) as { valid: boolean }[];
  return index?.valid;
};

/** Drops the index, if it exists, without blocking reads and writes of its table. */
export const dropIndexConcurrently = async (runner: QueryRunner, name: string): Promise<void> => {
  requireNoTransaction(runner);
  await retryWhileBlocked(runner.dataSource, () =>
    withPatience(runner, `drop index concurrently if exists ${name}`),
  );
};

/**
 * Creates the index without blocking reads and writes of its table. Does nothing if it exists, and
 * first drops an incomplete one that an interrupted run has left.
 */
export const createIndexConcurrently = async (
  runner: QueryRunner,
  { name, isUnique = false, on }: IndexDefinition,
): Promise<void> => {
  requireNoTransaction(runner);
  const create = `create ${isUnique ? 'unique index' : 'index'} concurrently ${name} on ${on}`;
  try {
    await retryWhileBlocked(runner.dataSource, async () => {
      const isValid = await isIndexValid(runner, name);
      if (isValid) return;
      if (isValid === false) {
        await withPatience(runner, `drop index concurrently if exists ${name}`);
      }
      await withPatience(runner, create);
    });
  } catch (error) {
    // An incomplete unique index would already reject rows.
    if (hasCode(error, UNIQUE_VIOLATION)) {
      await dropIndexConcurrently(runner, name);
    }
    throw error;
  }
};

/**
 * Checks the existing rows against a constraint that was added as `not valid`. Reads and writes of the
 * table continue. Not in the transaction that added it, which would keep its exclusive lock.
 */
export const validateConstraint = async (
  runner: QueryRunner,
  table: string,
  constraint: string,
): Promise<void> => {
  requireNoTransaction(runner);
  await retryWhileBlocked(runner.dataSource, () =>
    withPatience(runner, `alter table ${table} validate constraint ${constraint}`),
  );
};

/**
 * Runs `work` outside the transaction in which TypeORM reverts a migration, so that its steps commit
 * one by one.
 */
export const outsideTransaction = async (
  runner: QueryRunner,
  work: () => Promise<void>,
): Promise<void> => {
  const isInTransaction = runner.isTransactionActive;
  if (isInTransaction) await runner.commitTransaction();
  await work();
  if (isInTransaction) await runner.startTransaction();
};
