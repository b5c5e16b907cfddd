import { setTimeout as sleep } from 'node:timers/promises';
import type { OnApplicationShutdown } from '@nestjs/common';
import { internalError, ServiceError } from '@app/errors';
import { OutageLog, RemoteClock } from '@app/runtime';
import type { ConnectionPool } from './connection';
import type { Schema } from './data-source-options';
import { PipelinedTransaction } from './pipelined-transaction';
import { areWritesImpossible, isUnavailable, isUnsuitable } from './postgres-errors';
import type { Statement } from './prepared-statement';
import { RecentWrites } from './recent-writes';
import { ReservedConnection, type ServerState } from './reserved-connection';
import { withRetry } from './retry';
import { runAlone } from './statements';
import { WriteGate } from './write-gate';

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

export interface WriteOptions {
  /** Work that no caller waits for: reads of callers do not rest for it, and no listener hears of it. */
  readonly isBackground?: boolean;
}

/** Used by a database that has no tables of an app. */
const NO_SAMPLE = 'select';

/**
 * Access to Postgres for decisions; `ReadLane` has the reads of callers. Retries what lost a race, bounds
 * every wait, rejects writes at once while none can succeed, and turns database errors into a
 * `ServiceError`, so that no SQL reaches a caller.
 */
export class Database implements OnApplicationShutdown {
  /** The clock of the database, as `check` read it last. */
  readonly clock = new RemoteClock();
  private readonly outageLog = new OutageLog('The database');
  private readonly privilegeLog = new OutageLog('The work of the database role');
  private readonly reserved: ReservedConnection;
  private readonly gate: WriteGate;
  private readonly recentWrites = new RecentWrites();
  private readonly writeListeners: (() => void)[] = [];
  private ongoingCheck: Promise<ServerState> | undefined;

  /** `sampleWrite` is a write that needs disk space. It is rolled back. `privileges` are those it needs. */
  constructor(
    private readonly connections: ConnectionPool,
    { sampleWrite = NO_SAMPLE, privileges = {} }: Pick<Schema, 'sampleWrite' | 'privileges'> = {},
  ) {
    const required = Object.entries(privileges).flatMap(([table, names]) =>
      names.map((privilege) => ({ table, privilege })),
    );
    this.reserved = new ReservedConnection(connections, required);
    this.gate = new WriteGate(() => this.reserved.probeWrite(sampleWrite));
  }

  /** Runs one select. Returns its rows. */
  async query<Row>(statement: Statement, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.translateErrors(() =>
      withRetry(() => runAlone<Row>(this.connections, statement, parameters)),
    );
  }

  /** Calls the listener after each commit of this process, except those of background work. */
  onWrite(listener: () => void): void {
    this.writeListeners.push(listener);
  }

  /** Whether orders are being decided. */
  get isDeciding(): boolean {
    return this.recentWrites.isBusy();
  }

  /**
   * Runs one statement that writes, by itself. Returns the rows of its `returning`. After a lost race (a
   * deadlock, a key that another process inserted), retries it, up to 6 attempts.
   */
  async write<Row>(
    statement: Statement,
    parameters: readonly unknown[] = [],
    { isBackground = false }: WriteOptions = {},
  ): Promise<Row[]> {
    const rows = await this.translateWriteErrors(() =>
      withRetry(() => runAlone<Row>(this.connections, statement, parameters)),
    );
    // A poll that found nothing to write is no write.
    if (rows.length > 0 && !isBackground) {
      this.recentWrites.record();
      this.notifyWriteListeners();
    }
    return rows;
  }

  /**
   * Runs `work` in a transaction. After a lost race (a deadlock, a key that another process
   * inserted), retries it from the start, up to 6 attempts. `work` must have no other effects.
   */
  async transaction<Result>(
    work: (tx: PipelinedTransaction) => Promise<Result>,
    { isBackground = false }: WriteOptions = {},
  ): Promise<Result> {
    if (!isBackground) this.recentWrites.record();
    const result = await this.translateWriteErrors(() =>
      withRetry(() => PipelinedTransaction.run(this.connections, work)),
    );
    if (!isBackground) this.notifyWriteListeners();
    return result;
  }

  /**
   * Resolves with the state of the server if, within the time, it says that it takes writes, and if the
   * last write did not show the contrary. Rejects otherwise. Uses a connection apart from the pool, and
   * concurrent calls share one query.
   */
  async check(timeoutMs: number): Promise<ServerState> {
    if (!this.gate.isOpen) throw databaseUnavailable();
    this.ongoingCheck ??= this.readState().finally(() => (this.ongoingCheck = undefined));
    const timedOut = sleep(timeoutMs, undefined, { ref: false });
    const state = await Promise.race([this.ongoingCheck, timedOut]);
    if (!state || state.isReadOnly) throw databaseUnavailable();
    this.logPrivileges(state);
    if (state.missingPrivileges.length > 0) throw databaseUnavailable();
    return state;
  }

  /** Closes what is not part of the pool. */
  async onApplicationShutdown(): Promise<void> {
    await this.gate.close();
    await this.reserved.close();
  }

  private notifyWriteListeners(): void {
    for (const listener of this.writeListeners) listener();
  }

  private logPrivileges({ missingPrivileges }: ServerState): void {
    if (missingPrivileges.length === 0) this.privilegeLog.recordUp();
    else this.privilegeLog.recordDown(`it lacks ${missingPrivileges.join(', ')}`);
  }

  private async readState(): Promise<ServerState> {
    const sentMs = performance.now();
    const state = await this.translateErrors(() =>
      this.reserved.readState().catch((error: unknown) => {
        if (isUnsuitable(error)) this.gate.recordFailure(error);
        throw error;
      }),
    );
    this.clock.record(state.now, sentMs, performance.now());
    return state;
  }

  private async translateWriteErrors<Result>(work: () => Promise<Result>): Promise<Result> {
    if (!this.gate.isOpen) throw databaseUnavailable();
    return this.translateErrors(async () => {
      try {
        return await work();
      } catch (error) {
        this.gate.recordFailure(error);
        throw error;
      }
    });
  }

  private async translateErrors<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      this.outageLog.recordUp();
      return result;
    } catch (error) {
      if (error instanceof ServiceError) throw error;
      if (!isUnavailable(error)) throw internalError(error);
      // The gate logs what concerns writes only.
      if (!areWritesImpossible(error)) {
        this.outageLog.recordDown(error instanceof Error ? error.message : String(error));
      }
      throw databaseUnavailable(error);
    }
  }
}
