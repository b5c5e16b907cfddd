import { Injectable } from '@nestjs/common';
import type { PipelinedTransaction } from '@app/postgres';
import type { Threshold } from './threshold';

/** A threshold as it is stored. */
export interface StoredThreshold extends Threshold {
  readonly sku: string;
  readonly isLow: boolean;
  readonly changedSeq: number;
  readonly changedAvailable: number;
  readonly changedAt: Date;
}

/** All SQL of thresholds, except that of the trigger on movements. Call it with the level locked. */
@Injectable()
export class ThresholdRepository {
  /** Returns the threshold of a SKU; undefined if it has none. */
  async find(tx: PipelinedTransaction, sku: string): Promise<StoredThreshold | undefined> {
    const [row] = await tx.query<StoredThreshold>(
      `select sku, low_at as "lowAt", replenished_at as "replenishedAt", is_low as "isLow",
              changed_seq::float8 as "changedSeq", changed_available as "changedAvailable",
              changed_at as "changedAt"
         from stock_threshold where sku = $1`,
      [sku],
    );
    return row;
  }

  /** Inserts or replaces the threshold. A change of `isLow` is published by a trigger. */
  async save(tx: PipelinedTransaction, threshold: StoredThreshold): Promise<void> {
    const { sku, lowAt, replenishedAt, isLow, changedSeq, changedAvailable, changedAt } = threshold;
    await tx.query(
      `insert into stock_threshold (sku, low_at, replenished_at, is_low, changed_seq,
                                    changed_available, changed_at)
       values ($1, $2, $3, $4, $5, $6, $7)
           on conflict (sku) do update
          set low_at = excluded.low_at, replenished_at = excluded.replenished_at,
              is_low = excluded.is_low, changed_seq = excluded.changed_seq,
              changed_available = excluded.changed_available, changed_at = excluded.changed_at`,
      [sku, lowAt, replenishedAt, isLow, changedSeq, changedAvailable, changedAt],
    );
  }

  /** Deletes the threshold, if the SKU has one. */
  async delete(tx: PipelinedTransaction, sku: string): Promise<void> {
    await tx.query('delete from stock_threshold where sku = $1', [sku]);
  }
}
