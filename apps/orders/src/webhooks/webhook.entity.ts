import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';

/** An endpoint of another system that receives events. An enabled one has the cursor `webhook/<id>`. */
@Entity('webhook_endpoint')
@Check('webhook_endpoint_disabled', `(disabled_at is null) = (disabled_reason is null)`)
@Check('webhook_endpoint_disabled_reason', `disabled_reason in ('REQUESTED', 'FAILING')`)
@Check(
  'webhook_endpoint_previous_secret',
  `(previous_secret is null) = (previous_secret_until is null)`,
)
export class WebhookEndpointRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  @Column({ type: 'text', collation: 'C' })
  url!: string;

  /** Null: all types. */
  @Column({ type: 'text', array: true, collation: 'C', nullable: true })
  types!: string[] | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  description!: string | null;

  @Column({ type: 'text', collation: 'C' })
  secret!: string;

  /** The secret before the last rotation. */
  @Column({ type: 'text', name: 'previous_secret', collation: 'C', nullable: true })
  previousSecret!: string | null;

  /** Until when it signs as well. */
  @Column({ type: 'timestamptz', name: 'previous_secret_until', nullable: true })
  previousSecretUntil!: Date | null;

  /** The first failed attempt since the last success. */
  @Column({ type: 'timestamptz', name: 'failing_since', nullable: true })
  failingSince!: Date | null;

  @Column({ type: 'timestamptz', name: 'disabled_at', nullable: true })
  disabledAt!: Date | null;

  @Column({ type: 'text', name: 'disabled_reason', collation: 'C', nullable: true })
  disabledReason!: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}

const WAITING = `status in ('RETRYING', 'QUEUED', 'PARKED')`;

/**
 * An event that a webhook has not received at the first attempt, or that waits behind such a one. Also has
 * the last deliveries that succeeded.
 */
@Entity('webhook_delivery')
@Index('webhook_delivery_by_position', ['endpointId', 'position'])
@Index('webhook_delivery_due', ['endpointId', 'nextAttemptAt'], { where: `status = 'RETRYING'` })
@Index('webhook_delivery_waiting', ['endpointId', 'key', 'position'], { where: WAITING })
@Index('webhook_delivery_done', ['endpointId', 'updatedAt'], { where: `not (${WAITING})` })
@Check(
  'webhook_delivery_status',
  `status in ('RETRYING', 'QUEUED', 'PARKED', 'DELIVERED', 'DISCARDED')`,
)
@Check('webhook_delivery_next_attempt', `(status = 'RETRYING') = (next_attempt_at is not null)`)
export class WebhookDeliveryRow {
  @PrimaryColumn({ type: 'uuid', name: 'endpoint_id' })
  @ForeignKey(() => WebhookEndpointRow, 'id', {
    name: 'webhook_delivery_endpoint',
    onDelete: 'CASCADE',
  })
  endpointId!: string;

  /** The `webhook-id` of the event. */
  @PrimaryColumn({ type: 'text', collation: 'C' })
  id!: string;

  /** Of the event in the log. */
  @Column({ type: 'bigint' })
  position!: string;

  /** The row from which the event is read, as in the log. */
  @Column({ type: 'text', collation: 'C' })
  ref!: string;

  /** Events of one key are delivered in their order. */
  @Column({ type: 'text', collation: 'C' })
  key!: string;

  /** The type of the event. */
  @Column({ type: 'text', collation: 'C' })
  type!: string;

  @Column({ type: 'text', collation: 'C' })
  status!: string;

  @Column({ type: 'integer', default: 0 })
  attempts!: number;

  /** Of the attempts since it was last asked for. Its age decides when it is parked. */
  @Column({ type: 'timestamptz', name: 'first_failed_at', nullable: true })
  firstFailedAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'next_attempt_at', nullable: true })
  nextAttemptAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'last_attempt_at', nullable: true })
  lastAttemptAt!: Date | null;

  @Column({ type: 'integer', name: 'response_code', nullable: true })
  responseCode!: number | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  error!: string | null;

  @Column({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}
