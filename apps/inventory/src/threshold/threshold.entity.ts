import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The threshold of a SKU, and on which side its stock is. Changed under the lock on the level. */
@Entity('stock_threshold')
@Check(
  'stock_threshold_hysteresis',
  `low_at >= 0 and replenished_at > low_at and replenished_at <= 1000000000`,
)
export class StockThresholdRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  sku!: string;

  /** The stock becomes low at this many available units, or fewer. */
  @Column({ type: 'integer', name: 'low_at' })
  lowAt!: number;

  /** Low stock is replenished at this many available units, or more. */
  @Column({ type: 'integer', name: 'replenished_at' })
  replenishedAt!: number;

  @Column({ type: 'boolean', name: 'is_low' })
  isLow!: boolean;

  /** Sequence number of the SKU's latest movement when `is_low` last changed, or when it was first set. */
  @Column({ type: 'bigint', name: 'changed_seq' })
  changedSeq!: string;

  /** Units that were available then. */
  @Column({ type: 'integer', name: 'changed_available' })
  changedAvailable!: number;

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;
}
