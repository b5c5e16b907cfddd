import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { PipelinedTransaction } from './pipelined-transaction';
import { isRetryable } from './postgres-errors';

const MAX_ATTEMPTS = 6;
const MAX_PAUSE_MS = 50;

/**
 * Runs `work` in a transaction. After a deadlock, a serialization failure or a unique violation,
 * retries it from the start, up to 6 attempts. `work` must therefore have no other effects.
 */
export const withTransactionRetry = async <Result>(
  pool: Pool,
  work: (tx: PipelinedTransaction) => Promise<Result>,
): Promise<Result> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await PipelinedTransaction.run(pool, work);
    } catch (error) {
      if (!isRetryable(error) || attempt >= MAX_ATTEMPTS) throw error;
      await sleep(Math.random() * MAX_PAUSE_MS);
    }
  }
};
