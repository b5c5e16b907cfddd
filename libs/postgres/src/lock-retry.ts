import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { type Blocker, BlockerWatch, describeBlockers } from './lock-blockers';
import { hasCode } from './postgres-errors';

/** How long a migration is retried while other sessions hold its locks. */
export const LOCK_RETRY_LIMIT_MS = 120_000;

/** Between attempts, the statements that queued behind the migration run. */
const MIN_PAUSE_MS = 500;
const MAX_PAUSE_MS = 4_000;

const LOCK_NOT_AVAILABLE = '55P03'; // lock_timeout has passed
const DEADLOCK_DETECTED = '40P01';

const logger = new Logger('Migration');

const isLockFailure = (error: unknown): boolean =>
  hasCode(error, LOCK_NOT_AVAILABLE) || hasCode(error, DEADLOCK_DETECTED);

/** A migration could not get its locks in time. Nothing is left waiting. */
export class MigrationBlockedError extends Error {
  constructor(blockers: readonly Blocker[], waitedMs: number, cause: unknown) {
    super(
      `The migration was blocked for ${Math.round(waitedMs / 1_000)} s by ` +
        `${describeBlockers(blockers)}. It has given up, so that no order waits behind it. Wait ` +
        `until that session ends its transaction, or end it (select pg_terminate_backend(pid)), ` +
        `and migrate again.`,
      { cause },
    );
  }
}

/**
 * Runs `attempt` and repeats it, after growing pauses, while it fails because other sessions hold its
 * locks. Throws `MigrationBlockedError` with those sessions after the limit.
 */
export const retryWhileBlocked = async <Result>(
  dataSource: DataSource,
  attempt: () => Promise<Result>,
  limitMs = LOCK_RETRY_LIMIT_MS,
): Promise<Result> => {
  const startMs = performance.now();
  const watch = new BlockerWatch(dataSource);
  try {
    for (let pauseMs = MIN_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      try {
        return await attempt();
      } catch (error) {
        if (!isLockFailure(error)) throw error;
        const waitedMs = performance.now() - startMs;
        if (waitedMs + pauseMs > limitMs) {
          throw new MigrationBlockedError(watch.last, waitedMs, error);
        }
        if (pauseMs === MIN_PAUSE_MS) {
          logger.warn(`Retrying a migration that waits for ${describeBlockers(watch.last)}`);
        }
      }
      await sleep(pauseMs);
    }
  } finally {
    await watch.stop();
  }
};
