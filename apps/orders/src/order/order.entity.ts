import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { Shortage } from './order';

/** An order. `next_attempt_at` says when the settler may drive it on; only PENDING orders have one. */
@Entity('orders')
@Index('orders_by_user', ['userId', 'id'])
@Index('orders_by_status', ['status', 'id'])
@Index('orders_due', ['nextAttemptAt'], { where: 'next_attempt_at is not null' })
@Check('orders_status', `status in ('PENDING', 'CONFIRMED', 'CANCELLED')`)
@Check('orders_cancel_reason', `(status = 'CANCELLED') = (cancel_reason is not null)`)
@Check('orders_next_attempt', `(status = 'PENDING') = (next_attempt_at is not null)`)
export class OrderRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text', name: 'user_id' })
  userId!: string;

  @Column({ type: 'text', nullable: true })
  note!: string | null;

  @Column({ type: 'text' })
  status!: string;

  @Column({ type: 'text', name: 'cancel_reason', nullable: true })
  cancelReason!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  shortages!: readonly Shortage[] | null;

  /** How often the settler has tried it. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  @Column({ type: 'timestamptz', name: 'next_attempt_at', nullable: true })
  nextAttemptAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}

/** One line of an order, as the customer wrote it. */
@Entity('order_item')
@Index('order_item_by_sku', ['sku', 'orderId'])
@Check('order_item_sku', `sku ~ '^[A-Za-z0-9._-]{1,64}$'`)
@Check('order_item_quantity', `quantity between 1 and 1000000`)
export class OrderItemRow {
  @PrimaryColumn({ type: 'uuid', name: 'order_id' })
  @ForeignKey(() => OrderRow, 'id', { name: 'order_item_order' })
  orderId!: string;

  @PrimaryColumn({ type: 'smallint' })
  position!: number;

  @Column({ type: 'text', collation: 'C' })
  sku!: string;

  @Column({ type: 'integer' })
  quantity!: number;
}
