import { Injectable } from '@nestjs/common';
import { type LaneRequest, ReadLane } from '@app/postgres';
import type { OrderEvent } from '../order/order-event';

/** A position in an order's timeline: after the event `afterSeq`. 0 is before the first event. */
export interface Position {
  readonly orderId: string;
  readonly afterSeq: number;
  /** Time of that event. It tells the event from another one with the same number. Absent: any. */
  readonly occurredAt?: Date | undefined;
}

/** What an order has behind a position. */
export interface EventsBehind {
  /** Oldest first. */
  readonly events: OrderEvent[];
  /** The event of the position is not in the timeline; at position 0, the order does not exist. */
  readonly isLost: boolean;
}

type Row = OrderEvent & { readonly nth: number; readonly isLost: boolean };

/** An older version wrote SETTLER, and may still do so beside this one. */
const ACTOR = `case actor when 'SETTLER' then 'SYSTEM' else actor end`;

/**
 * The scalar subqueries make Postgres look up each position by its index. The times of the database
 * have microseconds, those of the positions milliseconds.
 */
const IS_LOST = `
  case when p.after_seq = 0
    then (select id from orders where id = p.order_id) is null
    else coalesce((
      select date_trunc('milliseconds', occurred_at) <> p.occurred_at and p.occurred_at is not null
        from order_event where order_id = p.order_id and seq = p.after_seq), true)
  end`;

/** All SQL that reads timelines. OrderRepository writes the events, together with their transitions. */
@Injectable()
export class TimelineRepository {
  constructor(private readonly reads: ReadLane) {}

  /** Returns up to `limit` events after each position. One snapshot decides whether it is lost. */
  async eventsAfter(
    positions: readonly Position[],
    limit: number,
    request: LaneRequest,
  ): Promise<EventsBehind[]> {
    const found = await this.reads.query<Row>(
      `select start.nth::int, start."isLost", event.*
         from (
           select p.*, ${IS_LOST} as "isLost"
             from unnest($1::uuid[], $2::int[], $3::timestamptz[])
                  with ordinality as p (order_id, after_seq, occurred_at, nth) offset 0) start
         left join lateral (
          select seq, event, status, ${ACTOR} as actor, attempt, duration_ms as "durationMs",
                 reason, occurred_at as "occurredAt"
            from order_event where order_id = start.order_id and seq > start.after_seq
           order by seq limit $4) event on not start."isLost"
        where start."isLost" or event.seq is not null
        order by start.nth, event.seq`,
      [
        positions.map(({ orderId }) => orderId),
        positions.map(({ afterSeq }) => afterSeq),
        positions.map(({ occurredAt }) => occurredAt ?? null),
        limit,
      ],
      request,
    );
    const lost = new Set(found.filter(({ isLost }) => isLost).map(({ nth }) => nth));
    const events: OrderEvent[][] = positions.map(() => []);
    for (const { nth, isLost, ...event } of found) if (!isLost) events[nth - 1]?.push(event);
    return events.map((each, index) => ({ events: each, isLost: lost.has(index + 1) }));
  }

  /** Returns the time of an event, or undefined if the order does not have it. */
  async timeOf(orderId: string, seq: number, request: LaneRequest): Promise<Date | undefined> {
    const [row] = await this.reads.query<{ readonly occurredAt: Date }>(
      'select occurred_at as "occurredAt" from order_event where order_id = $1 and seq = $2',
      [orderId, seq],
      request,
    );
    return row?.occurredAt;
  }

  /** Whether the order is one of this customer. */
  async isOwnedBy(id: string, userId: string, request: LaneRequest): Promise<boolean> {
    const rows = await this.reads.query(
      'select from orders where id = $1 and user_id = $2',
      [id, userId],
      request,
    );
    return rows.length > 0;
  }

  /** Whether the order has a final status. */
  async isFinished(id: string, request: LaneRequest): Promise<boolean> {
    const rows = await this.reads.query(
      `select from orders where id = $1 and status in ('CANCELLED', 'FULFILLED')`,
      [id],
      request,
    );
    return rows.length > 0;
  }
}
