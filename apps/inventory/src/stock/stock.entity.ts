import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The stock of one SKU. Concurrent orders of a SKU queue for the lock on this row. */
@Entity('stock_level')
@Check('stock_level_sku', `sku ~ '^[A-Za-z0-9._-]+$' and length(sku) <= 64`)
@Check('stock_level_on_hand', `on_hand between 0 and 1000000000`)
@Check('stock_level_shortfall', `shortfall >= 0`)
@Check('stock_level_reserved', `reserved between 0 and on_hand + shortfall`)
export class StockLevelRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  sku!: string;

  @Column({ type: 'integer', name: 'on_hand' })
  onHand!: number;

  @Column({ type: 'integer' })
  reserved!: number;

  /** Sequence number of the SKU's latest movement. */
  @Column({ type: 'bigint', name: 'last_seq' })
  lastSeq!: string;

  /** Reserved units that are not on hand, after an adjustment with allow_shortfall. */
  @Column({ type: 'integer', default: 0 })
  shortfall!: number;

  /** Time of the latest movement. */
  @Column({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}

/** When the units of a SKU were counted last. An older count that arrives later is rejected. */
@Entity('stock_count')
export class StockCountRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  sku!: string;

  @Column({ type: 'timestamptz', name: 'counted_at' })
  countedAt!: Date;
}

/** The ledger: the cause of each level change, the deltas, and the level afterwards. Append-only. */
@Entity('stock_movement')
@Index('stock_movement_reservation', ['reservationId'], { where: 'reservation_id is not null' })
@Index('stock_movement_adjustment', ['adjustmentId'], {
  unique: true,
  where: 'adjustment_id is not null',
})
@Index('stock_movement_time', ['sku', 'occurredAt'])
@Check('stock_movement_seq', `seq > 0`)
@Check('stock_movement_balance', `on_hand_after >= 0 and reserved_after >= 0`)
@Check(
  'stock_movement_kind',
  `case kind
    when 'ADJUSTED' then reserved_delta = 0 and reservation_id is null and reason is not null
    when 'HELD' then on_hand_delta = 0 and reserved_delta > 0 and reservation_id is not null
                     and on_hand_after >= reserved_after
    when 'COMMITTED' then on_hand_delta < 0 and reservation_id is not null
                          and (reserved_delta = on_hand_delta
                               or reserved_delta = 0 and on_hand_after >= reserved_after)
    when 'RELEASED' then on_hand_delta = 0 and reserved_delta < 0 and reservation_id is not null
    when 'EXPIRED' then on_hand_delta = 0 and reserved_delta < 0 and reservation_id is not null
    else false
  end`,
)
export class StockMovementRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  sku!: string;

  /** 1, 2, 3 … for each SKU, assigned under the lock on its level. */
  @PrimaryColumn({ type: 'bigint' })
  seq!: string;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'integer', name: 'on_hand_delta' })
  onHandDelta!: number;

  @Column({ type: 'integer', name: 'reserved_delta' })
  reservedDelta!: number;

  @Column({ type: 'integer', name: 'on_hand_after' })
  onHandAfter!: number;

  @Column({ type: 'integer', name: 'reserved_after' })
  reservedAfter!: number;

  @Column({ type: 'text', name: 'reservation_id', collation: 'C', nullable: true })
  reservationId!: string | null;

  /** The reason of an adjustment. */
  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  /** Never earlier than that of the SKU's previous movement. */
  @Column({ type: 'timestamptz', name: 'occurred_at', default: () => 'now()' })
  occurredAt!: Date;

  @Column({ type: 'text', name: 'adjustment_id', collation: 'C', nullable: true })
  adjustmentId!: string | null;

  /** The actor of an adjustment. */
  @Column({ type: 'text', nullable: true })
  actor!: string | null;
}
