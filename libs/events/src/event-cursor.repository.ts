import { Injectable } from '@nestjs/common';
import { Database, type PipelinedTransaction, type Statement } from '@app/postgres';

/** The right to move a cursor, until its lease ends. */
export interface CursorLease {
  readonly name: string;
  /** Position of the last event that is done. */
  readonly position: number;
  readonly epoch: string;
}

/** A cursor as an operator sees it. */
export interface CursorState {
  readonly name: string;
  readonly position: number;
  readonly leasedUntil: Date | null;
  /** When a process last said that it uses the cursor. */
  readonly updatedAt: Date;
}

/** The time of a lease. A holder that died is replaced after it at the latest. */
export const LEASE_MS = 8_000;

/** The end of a lease that begins now, as SQL. */
export const LEASED_UNTIL = `clock_timestamp() + ${LEASE_MS} * interval '1 millisecond'`;

const CURSOR = `name, position::float8 as position, epoch::text as epoch`;

/** A cursor that its process has not used for longer than events are kept may be before the oldest of them. */
const OPEN = `
  with before as (
    select position from event_cursor where name = $1),
  opened as (
    insert into event_cursor (name, position) values ($1, $2::bigint)
        on conflict (name) do update
       set position = greatest(event_cursor.position, $3::bigint), updated_at = clock_timestamp()
    returning name)
  select (select position::float8 from before) as position from opened`;

const ACQUIRE = `
  update event_cursor
     set epoch = epoch + 1, leased_until = ${LEASED_UNTIL}, updated_at = clock_timestamp()
   where name = $1 and leased_until < clock_timestamp()
  returning ${CURSOR}`;

const ADVANCE = `
  update event_cursor
     set position = $3::bigint, leased_until = ${LEASED_UNTIL}, updated_at = clock_timestamp()
   where name = $1 and epoch = $2::bigint
  returning ${CURSOR}`;

const MOVE = `
  update event_cursor
     set position = $2::bigint, epoch = epoch + 1, leased_until = '-infinity',
         updated_at = clock_timestamp()
   where name = $1
  returning name`;

const REMOVE_UNUSED = `
  delete from event_cursor
   where name = $1 and leased_until < clock_timestamp()
     and updated_at < clock_timestamp() - $2 * interval '1 millisecond'
  returning name`;

const RELEASE = `
  update event_cursor set leased_until = '-infinity' where name = $1 and epoch = $2::bigint`;

/**
 * All SQL of cursors. A cursor belongs to one process at a time. Taking it begins an epoch, and a holder
 * of an earlier one can move it no more, however late it wakes up.
 */
@Injectable()
export class EventCursorRepository {
  constructor(private readonly database: Database) {}

  /**
   * Creates the cursor at `start`, unless it exists, and says that a process uses it: events are kept for it from
   * now on. A cursor before `prunedPosition` moves there. Returns its former position; null if it is new.
   */
  async open(name: string, start: number, prunedPosition: number): Promise<number | null> {
    const [row] = await this.write<{ position: number | null }>(OPEN, [
      name,
      start,
      prunedPosition,
    ]);
    return row?.position ?? null;
  }

  async exists(name: string): Promise<boolean> {
    const rows = await this.database.query('select from event_cursor where name = $1', [name]);
    return rows.length > 0;
  }

  /** Takes the cursor for `LEASE_MS`; returns undefined while another process has it, or if it does not exist. */
  async acquire(name: string): Promise<CursorLease | undefined> {
    const [lease] = await this.write<CursorLease>(ACQUIRE, [name]);
    return lease;
  }

  /**
   * Moves the cursor and renews the lease. Returns the renewed lease; undefined, with nothing moved, if
   * another process has taken it since.
   */
  async advance({ name, epoch }: CursorLease, position: number): Promise<CursorLease | undefined> {
    const [lease] = await this.write<CursorLease>(ADVANCE, [name, epoch, position]);
    return lease;
  }

  /** As `advance`, in a transaction that also writes what the cursor has passed. */
  async advanceIn(
    tx: PipelinedTransaction,
    { name, epoch }: CursorLease,
    position: number,
  ): Promise<CursorLease | undefined> {
    const [lease] = await tx.query<CursorLease>(ADVANCE, [name, epoch, position]);
    return lease;
  }

  /** Ends the lease, so that another process can take the cursor at once. */
  async release({ name, epoch }: CursorLease): Promise<void> {
    await this.write(RELEASE, [name, epoch]);
  }

  /**
   * Moves the cursor to any position. Its holder loses the lease, so it starts again there. Returns whether
   * the cursor exists.
   */
  async move(name: string, position: number): Promise<boolean> {
    const moved = await this.write(MOVE, [name, position]);
    return moved.length > 0;
  }

  /**
   * Deletes the cursor, so that events are no longer kept for it. Returns false, with nothing deleted, if a process
   * has used it within `unusedMs`.
   */
  async removeUnused(name: string, unusedMs: number): Promise<boolean> {
    const removed = await this.write(REMOVE_UNUSED, [name, unusedMs]);
    return removed.length > 0;
  }

  /** Returns all cursors by name. */
  async list(): Promise<CursorState[]> {
    return this.database.query<CursorState>(
      `select name, position::float8 as position, updated_at as "updatedAt",
              nullif(leased_until, '-infinity') as "leasedUntil"
         from event_cursor order by name`,
    );
  }

  private write<Row>(statement: Statement, parameters: readonly unknown[]): Promise<Row[]> {
    return this.database.write<Row>(statement, parameters, { isBackground: true });
  }
}
