import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { isRetryable } from './postgres-errors';

/** A transaction that lost a race this often in a row is given up. */
const MAX_ATTEMPTS = 6;
const MAX_PAUSE_MS = 50;

/**
 * Runs `work` in a transaction, and again from the start when it loses a race, up to 6 times.
 * `work` must therefore have no other effects.
 */
export const untilWon = async <Result>(
  dataSource: DataSource,
  work: (tx: EntityManager) => Promise<Result>,
): Promise<Result> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await dataSource.transaction(work);
    } catch (error) {
      if (!isRetryable(error) || attempt >= MAX_ATTEMPTS) throw error;
      await sleep(Math.random() * MAX_PAUSE_MS);
    }
  }
};
