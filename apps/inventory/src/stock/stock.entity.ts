import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What is there of one SKU. The lock on this row is what puts buyers of a SKU in a queue. */
@Entity('stock_level')
@Check('stock_level_sku', `sku ~ '^[A-Za-z0-9._-]{1,64}$'`)
@Check('stock_level_on_hand', `on_hand between 0 and 1000000000`)
@Check('stock_level_reserved', `reserved between 0 and on_hand`)
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
}

/** The ledger: what changed a level, by how much, and what it was afterwards. Only ever added to. */
@Entity('stock_movement')
@Index('stock_movement_reservation', ['reservationId'], { where: 'reservation_id is not null' })
@Check('stock_movement_seq', `seq > 0`)
@Check('stock_movement_balance', `on_hand_after >= reserved_after and reserved_after >= 0`)
@Check(
  'stock_movement_kind',
  `case kind
    when 'ADJUSTED' then reserved_delta = 0 and reservation_id is null and reason is not null
    when 'HELD' then on_hand_delta = 0 and reserved_delta > 0 and reservation_id is not null
    when 'COMMITTED' then on_hand_delta < 0 and reserved_delta in (0, on_hand_delta) and reservation_id is not null
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

  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'timestamptz', name: 'occurred_at', default: () => 'now()' })
  occurredAt!: Date;
}
