import { setTimeout as sleep } from 'node:timers/promises';
import { kindOf } from './postgres-errors';

const MAX_ATTEMPTS = 6;
const MAX_PAUSE_MS = 50;

const isRetried = (error: unknown): boolean => kindOf(error) === 'retry';

/**
 * Runs `work`, one statement or one transaction. After a deadlock, a serialization failure, a unique
 * violation or a lost prepared statement, retries it from the start, up to 6 attempts. `work` must
 * therefore have no other effects.
 */
export const withRetry = async <Result>(
  work: () => Promise<Result>,
  shouldRetry: (error: unknown) => boolean = isRetried,
): Promise<Result> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!shouldRetry(error) || attempt >= MAX_ATTEMPTS) throw error;
      await sleep(Math.random() * MAX_PAUSE_MS);
    }
  }
};
