import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OnApplicationShutdown } from '@nestjs/common';
import { internalError, ServiceError } from '@app/errors';
import { type ConnectionPool, derivedPool } from './connection';
import { databaseUnavailable } from './database';
import { Lane, type LaneRequest, RETRY_AFTER_MS } from './lane';
import { PipelinedTransaction } from './pipelined-transaction';
import { hasCode, isUnavailable } from './postgres-errors';
import type { Statement } from './prepared-statement';
import { withRetry } from './retry';
import { runAlone, runInIndexOrder, runWithCustomPlan } from './statements';

/** A read that takes longer is not one that callers wait for. */
const READ_TIMEOUT_MS = 1_000;
/** A burst of clients that each read one thing is not rejected. */
const MAX_QUEUED = 256;
const MAX_WAIT_MS = 2_000;
/**
 * How long the lane rests after a millisecond of reads while orders are decided, on one processor. With 64
 * hostile readers at each service, orders keep at least 0.7 of their throughput on two
 * (npm run test:resilience -- readers).
 */
const REST_FACTOR = 12;
/** Rejections that are held back at the same time. Each costs a timer. */
const MAX_HELD_REJECTIONS = 1_000;

const QUERY_CANCELED = '57014';

const tooSlow = (cause: unknown): ServiceError =>
  new ServiceError(
    'OVERLOADED',
    `The read took longer than ${READ_TIMEOUT_MS} ms and was ended. Read less, or try again later.`,
    { cause, retryAfterMs: RETRY_AFTER_MS },
  );

export interface ReadLaneOptions {
  /** Connections, apart from those of the decisions. */
  readonly poolSize: number;
  /** Timeout of a statement of the decisions. That of a read is never longer. */
  readonly timeoutMs: number;
  /** Whether orders are being decided, so that reads take turns with rests. */
  readonly mustYield: () => boolean;
  /** How long a rejection is held back, where nothing else keeps a caller from calling again at once. */
  readonly holdRejectionsMs?: number;
}

/**
 * Runs the reads of callers on connections of their own, so that decisions and health checks never wait
 * for them. A read is rejected with OVERLOADED instead of waiting for long.
 */
export class ReadLane implements OnApplicationShutdown {
  private readonly lane: Lane;
  private readonly connections: ConnectionPool;
  private readonly holdRejectionsMs: number;
  private heldRejections = 0;

  constructor(
    decisions: ConnectionPool,
    { poolSize, timeoutMs, mustYield, holdRejectionsMs = 0 }: ReadLaneOptions,
  ) {
    const readTimeoutMs = Math.min(READ_TIMEOUT_MS, timeoutMs);
    this.connections = derivedPool(decisions, poolSize, readTimeoutMs);
    this.holdRejectionsMs = holdRejectionsMs;
    this.lane = new Lane({
      slots: poolSize,
      maxQueued: MAX_QUEUED,
      maxWaitMs: MAX_WAIT_MS,
      restFactor: REST_FACTOR / availableParallelism(),
      mustYield,
    });
  }

  /** Runs one select. Returns its rows. */
  query<Row>(
    statement: Statement,
    parameters: readonly unknown[] = [],
    request: LaneRequest = {},
  ): Promise<Row[]> {
    return this.run(() => runAlone<Row>(this.connections, statement, parameters), request);
  }

  /** Runs one select that Postgres plans for these parameters, where the best plan depends on them. */
  queryWithCustomPlan<Row>(
    sql: string,
    parameters: readonly unknown[],
    request: LaneRequest = {},
  ): Promise<Row[]> {
    return this.run(() => runWithCustomPlan<Row>(this.connections, sql, parameters), request);
  }

  /** Runs selects in a transaction in which all of them see the same state. */
  snapshot<Result>(
    work: (tx: PipelinedTransaction) => Promise<Result>,
    request: LaneRequest = {},
  ): Promise<Result> {
    return this.run(() => PipelinedTransaction.run(this.connections, work, 'snapshot'), request);
  }

  /**
   * Runs selects that read the first rows of an index, all with the same state. Postgres neither collects
   * nor sorts rows where an index has them in order, whatever its statistics say.
   */
  inIndexOrder<Result>(
    work: (tx: PipelinedTransaction) => Promise<Result>,
    request: LaneRequest = {},
  ): Promise<Result> {
    return this.run(() => runInIndexOrder(this.connections, work), request);
  }

  /** Closes the connections. */
  async onApplicationShutdown(): Promise<void> {
    await this.connections.pool.end();
  }

  private async run<Result>(read: () => Promise<Result>, request: LaneRequest): Promise<Result> {
    try {
      return await this.lane.run(() => withRetry(read), request);
    } catch (error) {
      const rejection = translate(error);
      if (rejection.reason === 'OVERLOADED') await this.hold();
      throw rejection;
    }
  }

  /** A caller that ignores the retry hint would otherwise keep the process busy with rejections. */
  private async hold(): Promise<void> {
    if (this.holdRejectionsMs === 0 || this.heldRejections >= MAX_HELD_REJECTIONS) return;
    this.heldRejections += 1;
    await sleep(this.holdRejectionsMs, undefined, { ref: false });
    this.heldRejections -= 1;
  }
}

const translate = (error: unknown): ServiceError => {
  if (error instanceof ServiceError) return error;
  if (hasCode(error, QUERY_CANCELED)) return tooSlow(error);
  return isUnavailable(error) ? databaseUnavailable(error) : internalError(error);
};
