import { Injectable } from '@nestjs/common';
import { Database, PreparedStatement } from '@app/postgres';

/** Rows of the outbox that one transaction moves. Each has at most the events of one group commit. */
const MAX_ROWS = 200;
/** Rows of the log that one transaction deletes. */
const MAX_PRUNED_ROWS = 1_000;

/** Neither takes turns with reads nor wakes the sequencer. */
const IN_BACKGROUND = { isBackground: true };

/** Skips instead of waiting: the holder of the lock does the same work. */
const LOCK = new PreparedStatement(
  'select from event_sequence where id = 1 for update skip locked',
);

const MOVE = new PreparedStatement(`
  with taken as (
    delete from event_outbox
     where id in (select id from event_outbox order by id limit ${MAX_ROWS})
    returning id, refs),
  placed as (
    select refs, sum(cardinality(refs)) over (order by id) as last_offset from taken),
  moved as (
    update event_sequence
       set last_position = last_position + (select max(last_offset) from placed)
     where id = 1 and exists (select from placed)
    returning last_position - (select max(last_offset) from placed) as before)
  insert into event_log (first_position, last_position, refs)
  select before + last_offset - cardinality(refs) + 1, before + last_offset, refs
    from placed, moved`);

/**
 * Rows are as old as their positions say. Keeps what a cursor has not passed, whatever its age; with `$2` only
 * if a process has used that cursor within the time for which events are kept.
 */
const PRUNE = `
  with oldest as (
    select first_position, last_position, sequenced_at from event_log
     order by first_position limit ${MAX_PRUNED_ROWS}),
  pruned as (
    delete from event_log l using oldest o
     where l.first_position = o.first_position
       and o.sequenced_at < clock_timestamp() - $1::float8 * interval '1 millisecond'
       and o.last_position <= (
             select coalesce(min(position), o.last_position) from event_cursor
              where not $2::boolean
                 or greatest(updated_at, leased_until)
                      > clock_timestamp() - $1::float8 * interval '1 millisecond')
    returning l.last_position, l.sequenced_at)
  update event_sequence
     set pruned_position = (select max(last_position) from pruned),
         complete_since = greatest(complete_since, (select max(sequenced_at) from pruned))
   where id = 1 and exists (select from pruned)
  returning (select count(*) from pruned)::int as rows`;

/**
 * All SQL that writes the log. Its only lock is that of the row `event_sequence`: the one transaction
 * that holds it assigns the next positions, and a process that dies loses it with its connection.
 */
@Injectable()
export class EventSequencerRepository {
  constructor(private readonly database: Database) {}

  /** Returns whether events wait for a position. */
  async hasWaiting(): Promise<boolean> {
    const rows = await this.database.query('select from event_outbox limit 1');
    return rows.length > 0;
  }

  /**
   * Assigns the next positions to the oldest waiting events. `full`: more may wait. `locked`: another
   * process is assigning positions, and nothing was done.
   */
  async sequence(): Promise<'done' | 'full' | 'locked'> {
    return this.database.transaction(async (tx) => {
      const locked = await tx.query(LOCK);
      if (locked.length === 0) return 'locked';
      const moved = await tx.execute(MOVE);
      return moved === MAX_ROWS ? 'full' : 'done';
    }, IN_BACKGROUND);
  }

  /**
   * Deletes events older than `retentionMs` that every cursor has passed. `ignoresUnused`: cursors that no process
   * has used for so long do not count. Returns whether there may be more.
   */
  async prune(retentionMs: number, ignoresUnused: boolean): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      if ((await tx.query(LOCK)).length === 0) return false;
      const [pruned] = await tx.query<{ rows: number }>(PRUNE, [retentionMs, ignoresUnused]);
      return pruned?.rows === MAX_PRUNED_ROWS;
    }, IN_BACKGROUND);
  }
}
