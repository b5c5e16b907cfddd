import { Injectable } from '@nestjs/common';
import { Database } from '@app/postgres';
import type { OrderEvent } from '../order/order-event';

/** A place in an order's timeline: behind the event with this number. */
export interface Position {
  readonly orderId: string;
  readonly afterSeq: number;
}

/** All SQL that reads timelines. Their events are written with the steps that they tell of. */
@Injectable()
export class TimelineRepository {
  constructor(private readonly database: Database) {}

  /** Up to `limit` events behind each of these positions, the oldest first. */
  async eventsAfter(positions: readonly Position[], limit: number): Promise<OrderEvent[][]> {
    const found = await this.database.query<OrderEvent & { readonly nth: number }>(
      `select place.nth::int, event.*
         from unnest($1::uuid[], $2::int[]) with ordinality as place (order_id, after_seq, nth)
        cross join lateral (
          select seq, event, status, actor, attempt, duration_ms as "durationMs", reason,
                 occurred_at as "occurredAt"
            from order_event where order_id = place.order_id and seq > place.after_seq
           order by seq limit $3) event
        order by place.nth, event.seq`,
      [positions.map(({ orderId }) => orderId), positions.map(({ afterSeq }) => afterSeq), limit],
    );
    const events: OrderEvent[][] = positions.map(() => []);
    for (const { nth, ...event } of found) events[nth - 1]?.push(event);
    return events;
  }

  async hasEnded(id: string): Promise<boolean> {
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
