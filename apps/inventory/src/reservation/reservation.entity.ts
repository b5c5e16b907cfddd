import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';

/** A decision and what became of it. A tombstone is RELEASED and has no lines. */
@Entity('reservation')
@Check('reservation_id', `id ~ '^[A-Za-z0-9._:-]{1,64}$'`)
@Check('reservation_state', `state in ('HELD', 'REJECTED', 'COMMITTED', 'RELEASED', 'EXPIRED')`)
export class ReservationRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  @Column({ type: 'text' })
  state!: string;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}

/** What was asked for, one row per SKU, and why it was refused if it was. */
@Entity('reservation_line')
@Check('reservation_line_quantity', `quantity between 1 and 100000000`)
@Check('reservation_line_shortage', `shortage in ('NOT_ENOUGH', 'UNKNOWN_SKU')`)
@Check(
  'reservation_line_available',
  `(available is null) = (shortage is null) and available < quantity`,
)
export class ReservationLineRow {
  @PrimaryColumn({ type: 'text', name: 'reservation_id', collation: 'C' })
  @ForeignKey(() => ReservationRow, 'id', { name: 'reservation_line_reservation' })
  reservationId!: string;

  @PrimaryColumn({ type: 'text', collation: 'C' })
  sku!: string;

  @Column({ type: 'integer' })
  quantity!: number;

  /** For a short line: what was available when it was refused. */
  @Column({ type: 'integer', nullable: true })
  available!: number | null;

  /** For a short line: why. */
  @Column({ type: 'text', nullable: true })
  shortage!: string | null;
}
