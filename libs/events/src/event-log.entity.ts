import { Check, Column, Entity, PrimaryColumn, PrimaryGeneratedColumn } from 'typeorm';

/**
 * Events that are committed and have no position yet: one row for each statement that wrote source rows.
 * The sequencer moves rows to the log in the order of their ids. An id is assigned while the source row
 * is locked, so for one key the order of ids is the order of commits.
 */
@Entity('event_outbox')
@Check('event_outbox_refs', `cardinality(refs) > 0`)
export class EventOutboxRow {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  /** What each event is about, such as `order/01a2…/1`: the row from which the event is read. */
  @Column({ type: 'text', array: true, collation: 'C' })
  refs!: string[];
}

/** Consecutive events of the log: a row of the outbox that has been given positions. */
@Entity('event_log')
@Check(
  'event_log_positions',
  `first_position > 0 and last_position - first_position + 1 = cardinality(refs)`,
)
export class EventLogRow {
  /** Position of the first event. */
  @PrimaryColumn({ type: 'bigint', name: 'first_position' })
  firstPosition!: string;

  /** Position of the last event. The next row begins behind it. */
  @Column({ type: 'bigint', name: 'last_position' })
  lastPosition!: string;

  /** When the positions were assigned. */
  @Column({ type: 'timestamptz', name: 'sequenced_at', default: () => 'clock_timestamp()' })
  sequencedAt!: Date;

  @Column({ type: 'text', array: true, collation: 'C' })
  refs!: string[];
}

/** One row: the end and the begin of the log. A lock on it makes its holder the only sequencer. */
@Entity('event_sequence')
@Check('event_sequence_one_row', `id = 1`)
@Check('event_sequence_positions', `pruned_position between 0 and last_position`)
export class EventSequenceRow {
  @PrimaryColumn({ type: 'smallint', default: 1 })
  id!: number;

  /** Tells this log from that of another database. */
  @Column({ type: 'uuid', name: 'history_id' })
  historyId!: string;

  /** Position of the last event; 0 before the first. */
  @Column({ type: 'bigint', name: 'last_position', default: 0 })
  lastPosition!: string;

  /** Position of the last event that was deleted because of its age; 0 before that. */
  @Column({ type: 'bigint', name: 'pruned_position', default: 0 })
  prunedPosition!: string;

  /** Every event that occurred later than this is in the log or in the outbox. */
  @Column({ type: 'timestamptz', name: 'complete_since', default: () => 'clock_timestamp()' })
  completeSince!: Date;
}

/** How far a reader of the log has come. */
@Entity('event_cursor')
@Check('event_cursor_position', `position >= 0`)
export class EventCursorRow {
  @PrimaryColumn({ type: 'text', collation: 'C' })
  name!: string;

  /** Position of the last event that is done. */
  @Column({ type: 'bigint' })
  position!: string;

  /** Grows with each change of the holder. A holder of an earlier epoch cannot move the cursor. */
  @Column({ type: 'bigint', default: 0 })
  epoch!: string;

  /** When another process may take the cursor. */
  @Column({ type: 'timestamptz', name: 'leased_until', default: () => `'-infinity'` })
  leasedUntil!: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', default: () => 'now()' })
  updatedAt!: Date;
}

/** The tables of an event log, for the schema of an app. */
export const EVENT_LOG_ENTITIES = [EventOutboxRow, EventLogRow, EventSequenceRow, EventCursorRow];

/** What the role of an app may do with them. */
export const EVENT_LOG_PRIVILEGES = {
  event_outbox: ['select', 'insert', 'delete'],
  // Events are deleted because of their age only, and never changed.
  event_log: ['select', 'insert', 'delete'],
  event_sequence: ['select', 'update'],
  event_cursor: ['select', 'insert', 'update', 'delete'],
} as const;
