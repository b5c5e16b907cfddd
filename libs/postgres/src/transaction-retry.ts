import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { isRetryable } from './postgres-errors';
import { awaitPipelined } from './await-pipelined';

/** A transaction that lost a race this often in a row is given up. */
const MAX_ATTEMPTS = 6;
const MAX_PAUSE_MS = 50;

/**
 * Runs `work` in a transaction, and again from the start when it loses a race, up to 6 times.
 * `work` must therefore have no other effects.
 */
export const withTransactionRetry = async <Result>(
  dataSource: DataSource,
  work: (tx: EntityManager) => Promise<Result>,
): Promise<Result> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await inTransaction(dataSource, work);
    } catch (error) {
      if (!isRetryable(error) || attempt >= MAX_ATTEMPTS) throw error;
      await sleep(Math.random() * MAX_PAUSE_MS);
    }
  }
};

/**
 * Like TypeORM's own, less a round trip: the begin goes along with the first statements of `work`,
 * ahead of them on the same connection. Those must not write, since if only the begin fails, each of
 * them is a transaction of its own. Nothing more is sent then: `work` gets no answer before the
 * begin's, which comes first in any case.
 */
const inTransaction = async <Result>(
  dataSource: DataSource,
  work: (tx: EntityManager) => Promise<Result>,
): Promise<Result> => {
  const runner = dataSource.createQueryRunner();
  const query = runner.query.bind(runner);
  try {
    const begun = query('start transaction');
    runner.query = (...statement: Parameters<typeof query>) => behind(begun, query(...statement));
    const [, result] = await awaitPipelined([begun, work(runner.manager)]);
    await query('commit');
    return result;
  } catch (error) {
    await query('rollback').catch(() => undefined);
    throw error;
  } finally {
    await runner.release();
  }
};

const behind = async <Answer>(
  begun: Promise<unknown>,
  answer: Promise<Answer>,
): Promise<Answer> => {
  const [, given] = await awaitPipelined([begun, answer]);
  return given;
};
