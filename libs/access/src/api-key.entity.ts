import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';

/** A key with which programs authenticate. It is revoked, never deleted. */
@Entity('api_key')
@Unique('api_key_prefix', ['prefix'])
@Check('api_key_prefix_format', `prefix ~ '^[a-z2-7]{8}$'`)
@Check('api_key_secret_hash', `octet_length(secret_hash) = 32`)
@Check(
  'api_key_scopes',
  `cardinality(scopes) > 0 and scopes <@ array['customer', 'staff', 'events', 'admin']`,
)
export class ApiKeyRow {
  @PrimaryColumn({ type: 'uuid' })
  id!: string;

  /** The visible part of the key. */
  @Column({ type: 'text', collation: 'C' })
  prefix!: string;

  /** SHA-256 of the secret part. */
  @Column({ type: 'bytea', name: 'secret_hash' })
  secretHash!: Buffer;

  @Column({ type: 'text', collation: 'C' })
  name!: string;

  @Column({ type: 'text', collation: 'C' })
  subject!: string;

  @Column({ type: 'text', array: true, collation: 'C' })
  scopes!: string[];

  @Column({ type: 'timestamptz', name: 'created_at', default: () => 'clock_timestamp()' })
  createdAt!: Date;

  @Column({ type: 'timestamptz', name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  /** Written at most once a minute. */
  @Column({ type: 'timestamptz', name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;
}

/** The table of API keys, for the schema of an app. */
export const API_KEY_ENTITIES = [ApiKeyRow];

/** What the role of an app may do with it. */
export const API_KEY_PRIVILEGES = {
  // A key is revoked, never deleted, so that the audit trail can name it.
  api_key: ['select', 'insert', 'update'],
} as const;
