import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { poolOf } from './connection';
import { type Blocker, BLOCKER_COLUMNS, describeBlockers } from './lock-blockers';

/** An arbitrary number that all processes share: "quickbit" in ASCII. */
const MIGRATION_LOCK = '8175549693803653492';

/** Longer than a migration is retried while it is blocked. */
export const MIGRATION_LOCK_WAIT_MS = 180_000;
const POLL_INTERVAL_MS = 100;

const FIND_HOLDER = `
  select ${BLOCKER_COLUMNS}
    from pg_locks l join pg_stat_activity a using (pid)
   where l.locktype = 'advisory' and l.granted and l.objsubid = 1
     and l.database = (select oid from pg_database where datname = current_database())
     and (l.classid::bigint << 32 | l.objid::bigint) = ${MIGRATION_LOCK}`;

const tryLock = async (runner: QueryRunner): Promise<boolean> => {
  const [row] = (await runner.query(
    `select pg_try_advisory_lock(${MIGRATION_LOCK}) as locked`,
  )) as { locked: boolean }[];
  return row?.locked ?? false;
};

/**
 * Polls instead of waiting in Postgres. A session that waits for a lock gets it even after its process
 * has died behind a pooler, and a waiting statement holds back `create index concurrently`.
 */
const awaitLock = async (runner: QueryRunner, waitMs: number): Promise<void> => {
  const deadlineMs = performance.now() + waitMs;
  while (!(await tryLock(runner))) {
    if (performance.now() > deadlineMs) {
      const holders = (await runner.query(FIND_HOLDER)) as Blocker[];
      throw new Error(
        `Another process has held the migration lock for longer than ${waitMs / 1_000} s: ` +
          `${describeBlockers(holders)}. If it no longer migrates, end its session (select ` +
          `pg_terminate_backend(pid)). A session that belongs to a pooler keeps the lock of a ` +
          `process that is gone: migrate over a direct connection.`,
      );
    }
    await sleep(POLL_INTERVAL_MS);
  }
};

/** Through a pooler, the lock would stay with a session that belongs to others. */
const POOLED =
  'Migrations are pending, and this URL leads to a pooler. Migrate over a direct connection: set the ' +
  'URL of the owner (*_OWNER_DATABASE_URL) to one that leads to Postgres itself, or run db migrate with it.';

/** Runs `work` while no other process migrates the same database. */
export const withLock = async <Result>(
  dataSource: DataSource,
  work: () => Promise<Result>,
  waitMs = MIGRATION_LOCK_WAIT_MS,
): Promise<Result> => {
  if (poolOf(dataSource).sessions.isPooled) throw new Error(POOLED);
  const runner = dataSource.createQueryRunner();
  try {
    await awaitLock(runner, waitMs);
    try {
      return await work();
    } finally {
      // Fails only if the connection, and with it the lock, is lost. The error of `work` matters.
      await runner.query(`select pg_advisory_unlock(${MIGRATION_LOCK})`).catch(() => undefined);
    }
  } finally {
    await runner.release();
  }
};
