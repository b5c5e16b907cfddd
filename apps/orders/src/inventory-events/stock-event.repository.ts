import { Injectable } from '@nestjs/common';
import { LEASED_UNTIL } from '@app/events';
import { Database, PreparedStatement } from '@app/postgres';
import type { ReceivedStockEvent } from './received-stock-event';

/** The right to follow Inventory's log, until its lease ends. */
export interface FollowerLease {
  /** Null: from the oldest event that Inventory keeps. */
  readonly position: string | null;
  readonly epoch: string;
}

const ACQUIRE = `
  update inventory_cursor
     set epoch = epoch + 1, leased_until = ${LEASED_UNTIL}, updated_at = clock_timestamp()
   where id = 1 and leased_until < clock_timestamp()
  returning position, epoch::text as epoch`;

/** Stores nothing unless the epoch is the present one. A position that is stored already stays. */
const STORE = new PreparedStatement(`
  with moved as (
    update inventory_cursor
       set position = $2, leased_until = ${LEASED_UNTIL}, updated_at = clock_timestamp()
     where id = 1 and epoch = $1::bigint
    returning id),
  stored as (
    insert into stock_event (position, event_id, type, sku, occurred_at, on_hand_delta, on_hand,
                             reason, actor, available, limit_units)
    select new.position, new.event_id, new.type, new.sku, new.occurred_at, new.on_hand_delta,
           new.on_hand, new.reason, new.actor, new.available, new.limit_units
      from moved
     cross join unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::int[],
                       $9::int[], $10::text[], $11::text[], $12::int[], $13::int[])
           with ordinality as new (position, event_id, type, sku, occurred_at, on_hand_delta, on_hand,
                                   reason, actor, available, limit_units, nth)
     order by new.nth
        on conflict (position) do nothing)
  select id from moved`);

/** Rows that one statement deletes. */
const PRUNE_BATCH = 1_000;

/** An event waits for its position for less than an hour, so the log had it when it was pruned. */
const PRUNE = `
  delete from stock_event
   where id in (
     select id from stock_event
      where stored_at < (select complete_since from event_sequence) - interval '1 hour'
      order by id limit ${PRUNE_BATCH})
  returning id`;

/** All SQL of following Inventory's log. */
@Injectable()
export class StockEventRepository {
  constructor(private readonly database: Database) {}

  /** Takes the cursor for 8 seconds; returns undefined while another instance has it. */
  async acquire(): Promise<FollowerLease | undefined> {
    const [lease] = await this.database.write<FollowerLease>(ACQUIRE, [], { isBackground: true });
    return lease;
  }

  /**
   * Stores events and the position behind them in one transaction, and renews the lease. Returns false,
   * with nothing stored, if another instance has taken the cursor.
   */
  async store(
    { epoch }: FollowerLease,
    position: string | null,
    events: readonly ReceivedStockEvent[],
  ): Promise<boolean> {
    const rows = await this.database.write(
      STORE,
      [
        epoch,
        position,
        events.map((event) => event.position),
        events.map(({ eventId }) => eventId),
        events.map(({ type }) => type),
        events.map(({ sku }) => sku),
        events.map(({ occurredAt }) => occurredAt),
        events.map(({ onHandDelta }) => onHandDelta),
        events.map(({ onHand }) => onHand),
        events.map(({ reason }) => reason),
        events.map(({ actor }) => actor),
        events.map(({ available }) => available),
        events.map(({ limit }) => limit),
      ],
      { isBackground: events.length === 0 },
    );
    return rows.length > 0;
  }

  /** Ends the lease, so that another instance can follow at once. */
  async release({ epoch }: FollowerLease): Promise<void> {
    await this.database.write(
      `update inventory_cursor set leased_until = '-infinity' where id = 1 and epoch = $1::bigint`,
      [epoch],
      { isBackground: true },
    );
  }

  /** Deletes stock events that are no longer in Orders' log. Returns whether there may be more. */
  async prune(): Promise<boolean> {
    const rows = await this.database.write(PRUNE, [], { isBackground: true });
    return rows.length === PRUNE_BATCH;
  }
}
