import { Inject, Injectable } from '@nestjs/common';
import type { LineDto, ShortageDto } from '@app/contracts';
import { type LogEntry, LoggedEventRepository, type LogReads } from '@app/events';
import { type LaneRequest, PreparedStatement, ReadLane } from '@app/postgres';
import { keepUnits } from '../order/order-reduction';
import type { LogEvent, OrderLogEvent } from './order-log-event';
import type { StockLogEvent } from './stock-log-event';
import { parseWebhookRef } from './webhook-log-event';

/** An event of Orders' log with its place. */
export type LoggedEvent = LogEvent & LogEntry;

interface Row extends Omit<OrderLogEvent, 'shortages'> {
  readonly shortages: readonly ShortageDto[] | null;
  readonly kept: readonly LineDto[] | null;
}

/** An older version wrote SETTLER, and may still do so beside this one. */
const EVENTS = new PreparedStatement(`
  select e.order_id as "orderId", e.seq, e.event, e.status,
         case e.actor when 'SETTLER' then 'SYSTEM' else e.actor end as actor, e.attempt,
         e.duration_ms as "durationMs", e.reason, e.occurred_at as "occurredAt",
         o.user_id as "userId", o.external_id as "externalId",
         o.idempotency_key as "idempotencyKey", o.cancel_reason as "cancelReason",
         o.shortages,
         (select json_agg(json_build_object('sku', i.sku, 'quantity', i.quantity) order by i.position)
            from order_item i where i.order_id = o.id) as items,
         begun.reductions,
         case when begun.reductions > 0 then
           (select json_agg(json_build_object('sku', r.sku, 'quantity', r.quantity) order by r.number)
              from order_reduction r
             where r.order_id = o.id and r.number <= begun.reductions) end as kept
    from unnest($1::uuid[], $2::int[]) as wanted (order_id, seq)
    join order_event e on e.order_id = wanted.order_id and e.seq = wanted.seq
    join orders o on o.id = e.order_id
   cross join lateral (
      select case when o.reductions = 0 then 0 else
        (select count(*)::int from order_event earlier
          where earlier.order_id = o.id and earlier.seq < e.seq
            and earlier.event = 'REDUCING') end as reductions) begun`);

const OWN_ORDERS = new PreparedStatement(
  'select id from orders where id = any($1::uuid[]) and user_id = $2',
);

const STOCK_EVENTS = new PreparedStatement(`
  select 'stock/' || id as ref, event_id as "eventId", type, sku, occurred_at as "occurredAt",
         on_hand_delta as "onHandDelta", on_hand as "onHand", reason, actor, available,
         limit_units as limit
    from stock_event where id = any($1::bigint[])`);

const STOCK_REF = /^stock\/([0-9]+)$/;
const REF = /^order\/([0-9a-f-]{36})\/([0-9]+)$/;

/** Reads the events of Orders' log with their contents. */
@Injectable()
export class EventsRepository extends LoggedEventRepository<LogEvent> {
  /** `reads`: the lane of callers, or `Database` where the service itself reads. */
  constructor(@Inject(ReadLane) reads: LogReads) {
    super(reads);
  }

  /**
   * Returns events by their references. One is absent if its order or its row was deleted, or if there is an
   * owner and it is not about an order of this customer.
   */
  async find(
    refs: readonly string[],
    request: LaneRequest = { isLimited: true },
    owner?: string,
  ): Promise<Map<string, LogEvent>> {
    if (owner !== undefined) {
      const own = await this.refsOf(owner, refs, request);
      return new Map(await this.findOrderEvents(own, request));
    }
    const orders = await this.findOrderEvents(refs, request);
    const stock = await this.findStockEvents(refs, request);
    return new Map([...orders, ...stock, ...webhookEventsOf(refs)]);
  }

  /** Whether a customer has an order, of which there may be events. */
  async hasOrders(owner: string): Promise<boolean> {
    const rows = await this.reads.query('select from orders where user_id = $1 limit 1', [owner], {
      isLimited: true,
    });
    return rows.length > 0;
  }

  /** Selects what is about the orders of a customer. Costs much less than the events themselves. */
  private async refsOf(
    owner: string,
    refs: readonly string[],
    request: LaneRequest,
  ): Promise<readonly string[]> {
    const ids = new Set(refs.flatMap((ref) => REF.exec(ref)?.[1] ?? []));
    if (ids.size === 0) return [];
    const rows = await this.reads.query<{ readonly id: string }>(
      OWN_ORDERS,
      [[...ids], owner],
      request,
    );
    const own = new Set(rows.map(({ id }) => id));
    return refs.filter((ref) => own.has(REF.exec(ref)?.[1] ?? ''));
  }

  private async findOrderEvents(
    refs: readonly string[],
    request: LaneRequest,
  ): Promise<[string, LogEvent][]> {
    const wanted = refs.flatMap((ref) => {
      const [, orderId, seq] = REF.exec(ref) ?? [];
      return orderId === undefined ? [] : [{ orderId, seq: Number(seq) }];
    });
    if (wanted.length === 0) return [];
    const parameters = [wanted.map(({ orderId }) => orderId), wanted.map(({ seq }) => seq)];
    const rows = await this.reads.query<Row>(EVENTS, parameters, request);
    return rows.map(({ kept, ...row }) => [
      `order/${row.orderId}/${row.seq}`,
      {
        ...row,
        items: kept ? keepUnits(row.items, kept) : row.items,
        shortages: row.shortages ?? [],
      },
    ]);
  }

  private async findStockEvents(
    refs: readonly string[],
    request: LaneRequest,
  ): Promise<[string, LogEvent][]> {
    const ids = refs.flatMap((ref) => STOCK_REF.exec(ref)?.[1] ?? []);
    if (ids.length === 0) return [];
    const rows = await this.reads.query<StockLogEvent & { readonly ref: string }>(
      STOCK_EVENTS,
      [ids],
      request,
    );
    return rows.map(({ ref, ...event }) => [ref, event]);
  }
}

const webhookEventsOf = (refs: readonly string[]): [string, LogEvent][] =>
  refs.flatMap((ref) => {
    const event = parseWebhookRef(ref);
    return event ? [[ref, event]] : [];
  });
