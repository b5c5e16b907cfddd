import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { OrderRow } from './order.entity';

/** An event of an order, written together with its transition. Numbered from 1 within the order. */
@Entity('order_event')
@Check('order_event_seq', `seq >= 1`)
@Check(
  'order_event_event',
  `event in ('PLACED', 'CONFIRMED', 'REDUCING', 'CANCELLING', 'CANCELLED', 'FULFILLING',
    'FULFILLED', 'NO_ANSWER', 'REFUSED', 'PARKED', 'RETRIED')`,
)
@Check('order_event_actor', `actor in ('CUSTOMER', 'SYSTEM', 'STAFF', 'ADMIN', 'SETTLER')`)
export class OrderEventRow {
  @PrimaryColumn({ type: 'uuid', name: 'order_id' })
  @ForeignKey(() => OrderRow, 'id', { name: 'order_event_order' })
  orderId!: string;

  @PrimaryColumn({ type: 'integer' })
  seq!: number;

  @Column({ type: 'text', collation: 'C' })
  event!: string;

  /** The order's status after it. */
  @Column({ type: 'text', collation: 'C' })
  status!: string;

  /** What caused it. An older version wrote SETTLER for SYSTEM. */
  @Column({ type: 'text', collation: 'C' })
  actor!: string;

  /** Number of the attempt at the call of the order's status, from 1; null without a call. */
  @Column({ type: 'integer', nullable: true })
  attempt!: number | null;

  /** Duration of the call to Inventory. */
  @Column({ type: 'integer', name: 'duration_ms', nullable: true })
  durationMs!: number | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  reason!: string | null;

  @Column({ type: 'timestamptz', name: 'occurred_at', default: () => 'now()' })
  occurredAt!: Date;
}
