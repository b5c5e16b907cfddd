import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import type { ShortageDto } from '@app/contracts';
import type { OrderMetadata } from './order-metadata';

/**
 * An order. An unfinished one is either due (`next_attempt_at`: when the reconciler may advance it) or
 * parked until a request about it succeeds.
 */
@Entity('orders')
@Index('orders_by_user', ['userId', 'id'])
@Index('orders_by_status', ['status', 'id'])
@Index('orders_by_update', ['updatedAt', 'id'])
@Index('orders_by_external_id', ['externalId', 'id'], { where: 'external_id is not null' })
@Index('orders_due', ['status', 'nextAttemptAt'], { where: 'next_attempt_at is not null' })
@Index('orders_overdue', ['acceptBy'], { where: `status = 'PENDING'` })
@Index('orders_parked', ['id'], { where: 'parked_at is not null' })
@Index('orders_idempotency_key', ['userId', 'idempotencyKey'], {
  unique: true,
  where: 'idempotency_key is not null',
})
@Check(
  'orders_status',
  `status in ('PENDING', 'CONFIRMED', 'REDUCING', 'CANCELLING', 'CANCELLED', 'FULFILLING',
    'FULFILLED')`,
)
@Check(
  'orders_cancel_reason',
  `(status in ('CANCELLING', 'CANCELLED')) = (cancel_reason is not null)`,
)
@Check(
  'orders_next_attempt',
  `num_nonnulls(next_attempt_at, parked_at)
    = case when status in ('PENDING', 'REDUCING', 'CANCELLING', 'FULFILLING') then 1 else 0 end`,
)
export class OrderRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text', name: 'user_id', collation: 'C' })
  userId!: string;

  @Column({ type: 'text', collation: 'C', nullable: true })
  note!: string | null;

  @Column({ type: 'text', collation: 'C' })
  status!: string;

  @Column({ type: 'text', name: 'cancel_reason', collation: 'C', nullable: true })
  cancelReason!: string | null;

  @Column({ type: 'jsonb', nullable: true })
  shortages!: readonly ShortageDto[] | null;

  /** The key by which a repeated request finds this order, as `storedKey` returns it. */
  @Column({ type: 'text', name: 'idempotency_key', collation: 'C', nullable: true })
  idempotencyKey!: string | null;

  /** The client's own id of the order. */
  @Column({ type: 'text', name: 'external_id', collation: 'C', nullable: true })
  externalId!: string | null;

  /** The client's own texts about the order. Null without any. */
  @Column({ type: 'jsonb', nullable: true })
  metadata!: OrderMetadata | null;

  /** Of the contents of an order with a key. Null if an earlier version has written it. */
  @Column({ type: 'bytea', nullable: true })
  fingerprint!: Buffer | null;

  /** If the order is still PENDING at this time, it is cancelled. */
  @Column({
    type: 'timestamptz',
    name: 'accept_by',
    default: () => `(now() + '00:00:30')`,
  })
  acceptBy!: Date;

  /** Attempts at the call of the current status. */
  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** How many of them Inventory rejected. */
  @Column({ type: 'integer', default: 0 })
  refusals!: number;

  @Column({ type: 'timestamptz', name: 'next_attempt_at', nullable: true })
  nextAttemptAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'parked_at', nullable: true })
  parkedAt!: Date | null;

  /** Number of the order's last event. */
  @Column({ type: 'integer', name: 'last_seq', default: 0 })
  lastSeq!: number;

  /** How often the order was reduced. */
  @Column({ type: 'smallint', default: 0 })
  reductions!: number;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}

/** One item of an order, as the customer sent it. */
@Entity('order_item')
@Index('order_item_by_sku', ['sku', 'orderId'])
@Check('order_item_sku', `sku ~ '^[A-Za-z0-9._-]+$' and length(sku) <= 64`)
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

/** What the order keeps of a SKU since one of its reductions, which are numbered from 1. */
@Entity('order_reduction')
@Check('order_reduction_number', `number >= 1`)
@Check('order_reduction_quantity', `quantity between 0 and 100000000`)
export class OrderReductionRow {
  @PrimaryColumn({ type: 'uuid', name: 'order_id' })
  @ForeignKey(() => OrderRow, 'id', { name: 'order_reduction_order' })
  orderId!: string;

  @PrimaryColumn({ type: 'smallint' })
  number!: number;

  @PrimaryColumn({ type: 'text', collation: 'C' })
  sku!: string;

  /** Units in all items of the SKU. 0: they are cancelled. */
  @Column({ type: 'integer' })
  quantity!: number;
}
