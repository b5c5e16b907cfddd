import {
  Check,
  Column,
  Entity,
  ForeignKey,
  Index,
  PrimaryColumn,
  PrimaryGeneratedColumn,
} from 'typeorm';

/** A change that a member of the staff or an administrator has attempted. Append-only. */
@Entity('audit_entry')
@Index('audit_entry_by_actor', ['actor', 'position'])
@Index('audit_entry_by_action', ['action', 'position'])
@Index('audit_entry_by_target', ['target', 'position'], { where: 'target is not null' })
@Index('audit_entry_by_time', ['at'])
@Check('audit_entry_actor_kind', `actor_kind in ('anonymous', 'token', 'apiKey', 'operator')`)
export class AuditEntryRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  position!: string;

  @Column({ type: 'timestamptz', default: () => 'clock_timestamp()' })
  at!: Date;

  @Column({ type: 'text', name: 'actor_kind', collation: 'C' })
  actorKind!: string;

  @Column({ type: 'text', collation: 'C' })
  actor!: string;

  @Column({ type: 'uuid', name: 'key_id', nullable: true })
  keyId!: string | null;

  @Column({ type: 'text', collation: 'C' })
  action!: string;

  @Column({ type: 'text', collation: 'C', nullable: true })
  target!: string | null;

  @Column({ type: 'text', name: 'request_id', collation: 'C', nullable: true })
  requestId!: string | null;

  @Column({ type: 'text', collation: 'C', nullable: true })
  client!: string | null;
}

/** What has come of an attempt. An entry without one has an unknown outcome. Append-only. */
@Entity('audit_outcome')
@Index('audit_outcome_by_target', ['target', 'position'], { where: 'target is not null' })
export class AuditOutcomeRow {
  @PrimaryColumn({ type: 'bigint' })
  @ForeignKey(() => AuditEntryRow, 'position', { name: 'audit_outcome_entry' })
  position!: string;

  @Column({ type: 'timestamptz', default: () => 'clock_timestamp()' })
  at!: Date;

  /** SUCCEEDED, or the reason of the error. */
  @Column({ type: 'text', collation: 'C' })
  outcome!: string;

  /** What the call has created. */
  @Column({ type: 'text', collation: 'C', nullable: true })
  target!: string | null;
}

/** The tables of the audit trail, for the schema of an app. */
export const AUDIT_ENTITIES = [AuditEntryRow, AuditOutcomeRow];

/** What the role of an app may do with them: the trail is append-only. */
export const AUDIT_PRIVILEGES = {
  audit_entry: ['select', 'insert'],
  audit_outcome: ['select', 'insert'],
} as const;
