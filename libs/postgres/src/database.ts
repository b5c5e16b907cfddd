import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { internalError, ServiceError } from '@app/errors';
import { isRetryable, isUnavailable } from './postgres-errors';

/** A transaction that lost a race this often in a row is given up. */
const MAX_ATTEMPTS = 6;
const MAX_PAUSE_MS = 50;

/** Thrown inside a transaction to run it again, since what it read has changed under it. */
export class RetryTransaction extends Error {
  readonly code = '40001';
}

const toServiceError = (error: unknown): ServiceError => {
  if (error instanceof ServiceError) return error;
  if (!isUnavailable(error)) return internalError(error);
  const message = 'The database cannot be reached or did not answer in time. Try again shortly.';
  return new ServiceError('DATABASE_UNAVAILABLE', message, { cause: error });
};

/** The way to Postgres: retries races, bounds waits, and lets no SQL error out to a caller. */
@Injectable()
export class Database {
  constructor(private readonly dataSource: DataSource) {}

  /** One statement on its own. */
  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    try {
      return await this.dataSource.query<Row[]>(sql, [...parameters]);
    } catch (error) {
      throw toServiceError(error);
    }
  }

  /**
   * Runs `work` in a transaction, and again from the start when it loses a race (a deadlock, a key
   * that another process claimed), up to 6 times. `work` must therefore have no other effects.
   */
  async transaction<Result>(work: (tx: EntityManager) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.dataSource.transaction(work);
      } catch (error) {
        if (!isRetryable(error) || attempt >= MAX_ATTEMPTS) throw toServiceError(error);
        await sleep(Math.random() * MAX_PAUSE_MS);
      }
    }
  }

  /** Resolves when the database answers. */
  async ping(): Promise<void> {
    await this.query('select 1');
  }
}
