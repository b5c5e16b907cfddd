import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { internalError, ServiceError } from '@app/errors';
import { OutageLog } from '@app/runtime';
import { isUnavailable } from './postgres-errors';
import { awaitPipelined } from './await-pipelined';
import { withTransactionRetry } from './transaction-retry';

/** Thrown inside a transaction to run it again, since what it read has changed under it. */
export class RetryTransaction extends Error {
  readonly code = '40001';
}

export const databaseUnavailable = (cause?: unknown): ServiceError =>
  new ServiceError(
    'DATABASE_UNAVAILABLE',
    'The database cannot be reached or did not answer in time. Try again shortly.',
    { cause },
  );

/** The way to Postgres: retries races, bounds waits, and lets no SQL error out to a caller. */
@Injectable()
export class Database {
  private readonly outageLog = new OutageLog('The database');
  private pinging: Promise<unknown> | undefined;

  constructor(private readonly dataSource: DataSource) {}

  /** One statement on its own that gives rows: a select, or an insert with `returning`. */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.translateErrors(() => this.dataSource.query<Row[]>(sql, [...parameters]));
  }

  /**
   * A select whose best plan depends on the values that it looks for: it is planned for them, and
   * everything else once for all values.
   */
  async search<Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    return this.transaction(async (tx) => {
      const planned = tx.query('set local plan_cache_mode = force_custom_plan');
      const [, rows] = await awaitPipelined([planned, tx.query<Row[]>(sql, [...parameters])]);
      return rows;
    });
  }

  /** One update on its own. Gives what it says it is `returning`. */
  async update<Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> {
    // TypeORM gives the rows of an update together with their number.
    const [rows = []] = await this.query<Row[]>(sql, parameters);
    return rows;
  }

  /**
   * Runs `work` in a transaction, and again from the start when it loses a race (a deadlock, a key
   * that another process claimed), up to 6 times. `work` must therefore have no other effects.
   */
  async transaction<Result>(work: (tx: EntityManager) => Promise<Result>): Promise<Result> {
    return this.translateErrors(() => withTransactionRetry(this.dataSource, work));
  }

  /**
   * Resolves when the database answers within the time; rejects when it does not. However many ask,
   * one question at a time is under way, and takes up one connection.
   */
  async ping(withinMs: number): Promise<void> {
    this.pinging ??= this.query('select 1').finally(() => (this.pinging = undefined));
    const answered = this.pinging.then(() => true);
    const timedOut = sleep(withinMs, false, { ref: false });
    if (!(await Promise.race([answered, timedOut]))) throw databaseUnavailable();
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
