import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { internalError, ServiceError } from '@app/errors';
import { OutageLog } from '@app/runtime';
import { awaitPipelined } from './await-pipelined';
import { send, withConnection } from './connection';
import type { PipelinedTransaction } from './pipelined-transaction';
import { isUnavailable } from './postgres-errors';
import type { Statement } from './prepared-statement';
import { withTransactionRetry } from './transaction-retry';

/** Thrown inside a transaction to retry it, because what it read has changed. */
export class RetryTransaction extends Error {
  readonly code = '40001';
}

export const databaseUnavailable = (cause?: unknown): ServiceError =>
  new ServiceError(
    'DATABASE_UNAVAILABLE',
    'The database is unavailable or timed out. Try again shortly.',
    { cause },
  );

/**
 * Access to Postgres. Retries transactions that lost a race, bounds every wait, and turns database
 * errors into a `ServiceError`, so that no SQL reaches a caller.
 */
export class Database {
  private readonly outageLog = new OutageLog('The database');
  private ongoingPing: Promise<unknown> | undefined;

  constructor(private readonly pool: Pool) {}

  /** Runs one statement by itself. Returns the rows of a select, or of a write with `returning`. */
  async query<Row>(statement: Statement, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.translateErrors(async () => {
      const { rows } = await withConnection(this.pool, (client) =>
        send(client, statement, parameters),
      );
      return rows as Row[];
    });
  }

  /**
   * Runs a select that Postgres plans for these parameters. All other statements have one generic
   * plan; use this where the best plan depends on the values, as in a list with optional filters.
   */
  async queryWithCustomPlan<Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return this.transaction(async (tx) => {
      const planned = tx.query('set local plan_cache_mode = force_custom_plan');
      const [, rows] = await awaitPipelined([planned, tx.query<Row>(sql, parameters)]);
      return rows;
    });
  }

  /**
   * Runs `work` in a transaction. After a lost race (a deadlock, a key that another process
   * inserted), retries it from the start, up to 6 attempts. `work` must have no other effects.
   */
  async transaction<Result>(work: (tx: PipelinedTransaction) => Promise<Result>): Promise<Result> {
    return this.translateErrors(() => withTransactionRetry(this.pool, work));
  }

  /**
   * Resolves if the database responds within the time, and rejects otherwise. Concurrent calls
   * share one query, so health checks never occupy more than one connection.
   */
  async ping(timeoutMs: number): Promise<void> {
    this.ongoingPing ??= this.query('select 1').finally(() => (this.ongoingPing = undefined));
    const responded = this.ongoingPing.then(() => true);
    const timedOut = sleep(timeoutMs, false, { ref: false });
    if (!(await Promise.race([responded, timedOut]))) throw databaseUnavailable();
  }

  private async translateErrors<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      this.outageLog.recordUp();
      return result;
    } catch (error) {
      if (error instanceof ServiceError) throw error;
      if (!isUnavailable(error)) throw internalError(error);
      this.outageLog.recordDown(error instanceof Error ? error.message : String(error));
      throw databaseUnavailable(error);
    }
  }
}
