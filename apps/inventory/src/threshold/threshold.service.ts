import { Injectable } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import { Database, type PipelinedTransaction } from '@app/postgres';
import { available, type StockLevel } from '../stock/stock';
import { StockRepository } from '../stock/stock.repository';
import { isLow, isSameThreshold, type Threshold } from './threshold';
import { type StoredThreshold, ThresholdRepository } from './threshold.repository';

const skuNotFound = (sku: string): ServiceError =>
  new ServiceError(
    'SKU_NOT_FOUND',
    `Inventory has never had the SKU ${sku}. Adjust its stock first, for example by 0 units.`,
    { metadata: { sku } },
  );

/** Sets the thresholds at which stock is low. */
@Injectable()
export class ThresholdService {
  constructor(
    private readonly database: Database,
    private readonly stock: StockRepository,
    private readonly thresholds: ThresholdRepository,
  ) {}

  /**
   * Sets or changes the threshold of a SKU, or clears it with null. Decides at once whether the stock is
   * low; an event says so if that changes. Without a threshold there are no such events, and clearing one
   * is none. A repeated call changes nothing. Returns the level. Throws SKU_NOT_FOUND.
   */
  async set(sku: string, threshold: Threshold | null): Promise<StockLevel> {
    return this.database.transaction(async (tx) => {
      const [level] = await this.stock.lock(tx, [sku]);
      if (!level) throw skuNotFound(sku);
      if (!threshold) {
        await this.thresholds.delete(tx, sku);
        return level;
      }
      const stored = await this.save(tx, level, threshold);
      return { ...level, threshold: { ...threshold, isLow: stored.isLow } };
    });
  }

  private async save(
    tx: PipelinedTransaction,
    level: StockLevel,
    threshold: Threshold,
  ): Promise<StoredThreshold> {
    const before = await this.thresholds.find(tx, level.sku);
    if (before && isSameThreshold(before, threshold)) return before;
    const units = available(level);
    const after = isLow(threshold, units, before?.isLow ?? false);
    const stored =
      before?.isLow === after
        ? { ...before, ...threshold }
        : {
            sku: level.sku,
            ...threshold,
            isLow: after,
            changedSeq: level.lastSeq,
            changedAvailable: units,
            changedAt: await this.stock.now(tx),
          };
    await this.thresholds.save(tx, stored);
    return stored;
  }
}
