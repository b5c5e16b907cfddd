import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import { databaseUnavailable, type LaneRequest } from '@app/postgres';
import { LedgerRepository } from './ledger.repository';
import { orderBySkus, type StockLevel } from './stock';
import { StockRepository } from './stock.repository';

const POLL_INTERVAL_MS = 5;
/** Longer than any transaction, unless Postgres or its standby hangs. */
const MAX_WAIT_MS = 10_000;

/**
 * Reads the stock at a past time. The result for a time never changes, although no row is locked:
 * locked rows would make orders wait.
 *
 * A transaction that changes stock locks the table `stock_level` in a mode that Postgres shows in
 * pg_locks, then reads the clock, and keeps that lock until its commit is visible. So after the clock
 * has passed a time, and after all transactions that had such a lock then have ended, no movement of
 * that time or earlier can appear any more.
 */
@Injectable()
export class PastStockService {
  /** No movement before this time can appear any more. */
  private watermark = new Date(0);
  private advancing: Promise<Date> | undefined;

  constructor(
    private readonly stock: StockRepository,
    private readonly ledger: LedgerRepository,
  ) {}

  /** Returns the levels at a past time, in the order of `skus`: undefined for an unknown SKU. */
  async levelsAt(
    skus: readonly string[],
    at: Date,
    request: LaneRequest = {},
  ): Promise<(StockLevel | undefined)[]> {
    await this.awaitWatermark(at);
    return orderBySkus(skus, await this.ledger.levelsAt(skus, at, request));
  }

  /** Resolves when the watermark is later than `at`. Concurrent calls share their queries. */
  private async awaitWatermark(at: Date): Promise<void> {
    for (let isFirst = true; at >= this.watermark; isFirst = false) {
      // The clock may have been read before this call began. It then does not tell whether `at` is past.
      const isShared = isFirst && this.advancing !== undefined;
      this.advancing ??= this.advance().finally(() => (this.advancing = undefined));
      const now = await this.advancing;
      if (at > now && !isShared) {
        throw ServiceError.invalid([{ field: 'at', fault: 'must not be later than now' }]);
      }
      // Times are in whole milliseconds: a movement of this one may still follow.
      if (at.getTime() === now.getTime()) await sleep(1);
    }
  }

  /** Returns the time that it read first. The watermark is that time afterwards. */
  private async advance(): Promise<Date> {
    const now = await this.stock.readClock();
    const deadlineMs = performance.now() + MAX_WAIT_MS;
    let writers = await this.stock.findWriters();
    while (writers.length > 0) {
      if (performance.now() > deadlineMs) throw databaseUnavailable();
      await sleep(POLL_INTERVAL_MS);
      const present = new Set(await this.stock.findWriters());
      writers = writers.filter((writer) => present.has(writer));
    }
    if (now > this.watermark) this.watermark = now;
    return now;
  }
}
