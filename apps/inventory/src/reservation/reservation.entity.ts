import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** A decision and its present state. A tombstone is RELEASED and has no lines. */
@Entity('reservation')
@Index('reservation_due', ['expiresAt'], { where: `state = 'HELD' and expires_at is not null` })
@Index('reservation_tombstone', ['createdAt'], {
  where: `state = 'RELEASED' and created_at = updated_at
          and id ~* '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$'`,
})
@Check('reservation_id', `id ~ '^[A-Za-z0-9._:-]+$' and length(id) <= 64`)
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

  /** When the hold expires, or would have expired. */
  @Column({ type: 'timestamptz', name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  /** How often the hold was reduced. */
  @Column({ type: 'smallint', default: 0 })
  reductions!: number;
}

/**
 * A requested line, one row per SKU, and why it was short if the basket was rejected. After a reduction it
 * has the units that are left, and a line without units has no row.
 */
@Entity('reservation_line')
@Index('reservation_line_due', ['sku', 'heldUntil'], { where: 'held_until is not null' })
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

  /** For a short line: the units that were available when the basket was rejected. */
  @Column({ type: 'integer', nullable: true })
  available!: number | null;

  /** For a short line: the reason. */
  @Column({ type: 'text', nullable: true })
  shortage!: string | null;

  /** The reservation's expires_at while it is HELD, otherwise null. */
  @Column({ type: 'timestamptz', name: 'held_until', nullable: true })
  heldUntil!: Date | null;
}

/** A line that was reduced, as it was held at first. */
@Entity('reduced_line')
@Check('reduced_line_quantity', `quantity between 1 and 100000000`)
export class ReducedLineRow {
  @PrimaryColumn({ type: 'text', name: 'reservation_id', collation: 'C' })
  @ForeignKey(() => ReservationRow, 'id', { name: 'reduced_line_reservation' })
  reservationId!: string;

  @PrimaryColumn({ type: 'text', collation: 'C' })
  sku!: string;

  /** Units that were held before the first reduction. */
  @Column({ type: 'integer' })
  quantity!: number;
}

/** One row: the time before which the tombstones of UUIDv7 ids may have been deleted. */
@Entity('tombstone_horizon')
@Check('tombstone_horizon_one_row', `id = 1`)
export class TombstoneHorizonRow {
  @PrimaryColumn({ type: 'smallint', default: 1 })
  id!: number;

  @Column({ type: 'timestamptz', name: 'forgotten_before' })
  forgottenBefore!: Date;
}
