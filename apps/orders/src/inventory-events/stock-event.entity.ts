import { Check, Column, Entity, Index, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/** A stock event of Inventory. Deleted after its event is no longer in Orders' log. */
@Entity('stock_event')
@Index('stock_event_position', ['position'], { unique: true })
@Check(
  'stock_event_type',
  `case type
    when 'stock.adjusted'
      then on_hand_delta is not null and on_hand is not null and reason is not null
    when 'stock.low' then available is not null and limit_units is not null
    when 'stock.replenished' then available is not null and limit_units is not null
    else false end`,
)
export class StockEventRow {
  /** In the order of Inventory's log. */
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  /** Its position in Inventory's log. An event that is read again has the same one. */
  @Column({ type: 'text', collation: 'C' })
  position!: string;

  @Column({ type: 'text', name: 'event_id', collation: 'C' })
  eventId!: string;

  @Column({ type: 'text', collation: 'C' })
  type!: string;

  @Column({ type: 'text', collation: 'C' })
  sku!: string;

  @Column({ type: 'timestamptz', name: 'occurred_at' })
  occurredAt!: Date;

  @Column({ type: 'integer', name: 'on_hand_delta', nullable: true })
  onHandDelta!: number | null;

  @Column({ type: 'integer', name: 'on_hand', nullable: true })
  onHand!: number | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  reason!: string | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  actor!: string | null;

  @Column({ type: 'integer', nullable: true })
  available!: number | null;

  /** The limit of the threshold that was reached. */
  @Column({ type: 'integer', name: 'limit_units', nullable: true })
  limitUnits!: number | null;

  @Column({ type: 'timestamptz', name: 'stored_at', default: () => 'clock_timestamp()' })
  storedAt!: Date;
}

/** One row: how far Orders has come in Inventory's log, and which instance follows it. */
@Entity('inventory_cursor')
@Check('inventory_cursor_one_row', `id = 1`)
export class InventoryCursorRow {
  @PrimaryColumn({ type: 'smallint', default: 1 })
  id!: number;

  /** Null: before the oldest event that Inventory keeps. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  position!: string | null;

  /** Grows with each change of the holder. A holder of an earlier epoch cannot store anything. */
  @Column({ type: 'bigint', default: 0 })
  epoch!: string;

  /** When another instance may follow. */
  @Column({ type: 'timestamptz', name: 'leased_until', default: () => `'-infinity'` })
  leasedUntil!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
