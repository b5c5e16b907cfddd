import { Injectable } from '@nestjs/common';
import { Database } from '@app/postgres';
import type { OrderEvent } from '../order/order-event';

/** A position in an order's timeline: after the event `afterSeq`. */
export interface Position {
  readonly orderId: string;
  readonly afterSeq: number;
}

/** An older version wrote SETTLER, and may still do so beside this one. */
const ACTOR = `case actor when 'SETTLER' then 'SYSTEM' else actor end`;

/** All SQL that reads timelines. OrderRepository writes the events, together with their transitions. */
@Injectable()
export class TimelineRepository {
  constructor(private readonly database: Database) {}

  /** Returns up to `limit` events after each position, oldest first. */
  async eventsAfter(positions: readonly Position[], limit: number): Promise<OrderEvent[][]> {
    const found = await this.database.query<OrderEvent & { readonly nth: number }>(
      `select start.nth::int, event.*
         from unnest($1::uuid[], $2::int[]) with ordinality as start (order_id, after_seq, nth)
        cross join lateral (
          select seq, event, status, ${ACTOR} as actor, attempt, duration_ms as "durationMs",
                 reason, occurred_at as "occurredAt"
            from order_event where order_id = start.order_id and seq > start.after_seq
           order by seq limit $3) event
        order by start.nth, event.seq`,
      [positions.map(({ orderId }) => orderId), positions.map(({ afterSeq }) => afterSeq), limit],
    );
    const events: OrderEvent[][] = positions.map(() => []);
    for (const { nth, ...event } of found) events[nth - 1]?.push(event);
    return events;
  }

  /** Whether the order has a final status. */
  async isFinished(id: string): Promise<boolean> {
    const rows = await this.database.query(
      `select from orders where id = $1 and status in ('CANCELLED', 'FULFILLED')`,
      [id],
    );
    return rows.length > 0;
  }

  async orderExists(id: string): Promise<boolean> {
    const rows = await this.database.query('select from orders where id = $1', [id]);
    return rows.length > 0;
  }
}
