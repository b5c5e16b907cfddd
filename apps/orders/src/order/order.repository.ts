import { Injectable } from '@nestjs/common';
import { Database, prepared } from '@app/postgres';
import type { OrderStatus, UnfinishedStatus } from './lifecycle';
import type { NewOrder, Order, Shortage } from './order';
import type { OrderTransition } from './order-transition';

interface OrderRecord extends Omit<Order, 'shortages'> {
  readonly shortages: readonly Shortage[] | null;
}

export interface OrderFilter {
  readonly userId?: string;
  readonly status?: OrderStatus;
  readonly sku?: string;
  /** Only orders that are parked, or only those that are not. */
  readonly parked?: boolean;
  /** Only orders older than the one with this id. */
  readonly before?: string;
  readonly limit: number;
}

const SELECT = `
  select o.id, o.user_id as "userId", o.note, o.idempotency_key as "idempotencyKey", o.status,
         o.cancel_reason as "cancelReason", o.shortages, o.attempts, o.refusals,
         o.parked_at as "parkedAt", o.created_at as "createdAt", o.updated_at as "updatedAt",
         (select json_agg(json_build_object('sku', i.sku, 'quantity', i.quantity) order by i.position)
            from order_item i where i.order_id = o.id) as items
    from orders o`;

const toOrder = (row: OrderRecord): Order => ({ ...row, shortages: row.shortages ?? [] });

/** A time in SQL that is so many milliseconds from now; null where there is no number. */
const inMs = (ms: string): string => `now() + ${ms} * interval '1 millisecond'`;

/** An attempt that somebody makes by hand, and that leads nowhere, takes up no parked order again. */
const STAYS_PARKED = `o.parked_at is not null and transition.event in ('NO_ANSWER', 'REFUSED', 'PARKED')`;

/** All SQL that writes orders, and what reads them as a whole. */
@Injectable()
export class OrderRepository {
  constructor(private readonly database: Database) {}

  async find(ids: readonly string[]): Promise<Order[]> {
    const rows = await this.database.query<OrderRecord>(`${SELECT} where o.id = any($1)`, [ids]);
    return rows.map(toOrder);
  }

  /** The orders that customers have placed under these keys. */
  async findByKeys(keys: readonly Pick<NewOrder, 'userId' | 'idempotencyKey'>[]): Promise<Order[]> {
    const rows = await this.database.query<OrderRecord>(
      `${SELECT} where (o.user_id, o.idempotency_key) in
         (select * from unnest($1::text[], $2::text[]))`,
      [keys.map(({ userId }) => userId), keys.map(({ idempotencyKey }) => idempotencyKey)],
    );
    return rows.map(toOrder);
  }

  /** Newest first. UUIDv7 ids are in the order of their making, so the id is the place in the list. */
  async list({ userId, status, sku, parked, before, limit }: OrderFilter): Promise<Order[]> {
    const parameters: unknown[] = [];
    const parameter = (value: unknown): string => `$${parameters.push(value)}`;
    const conditions = ['true'];
    if (userId !== undefined) conditions.push(`o.user_id = ${parameter(userId)}`);
    if (status !== undefined) conditions.push(`o.status = ${parameter(status)}`);
    if (parked !== undefined) conditions.push(`o.parked_at is ${parked ? 'not null' : 'null'}`);
    if (before !== undefined) conditions.push(`o.id < ${parameter(before)}`);
    if (sku !== undefined) {
      conditions.push(
        `o.id in (select order_id from order_item where sku = ${parameter(sku)} collate "C")`,
      );
    }
    const rows = await this.database.search<OrderRecord>(
      `${SELECT} where ${conditions.join(' and ')} order by o.id desc limit ${parameter(limit)}`,
      parameters,
    );
    return rows.map(toOrder);
  }

  /**
   * Inserts orders as PENDING, but none under an idempotency key that its customer has used before.
   * The reconciler keeps off them for `graceMs`, while the request that brought them asks Inventory
   * itself. Gives when each was created, by its id; those that were not inserted are missing.
   *
   * In the order of their keys, so that two instances which meet at the same keys queue up.
   */
  async insert(
    orders: readonly NewOrder[],
    graceMs: number,
    acceptWithinMs: number,
  ): Promise<Map<string, Date>> {
    const items = orders.flatMap(({ id, items }) =>
      items.map((item, position) => ({ id, position, ...item })),
    );
    const placed = await this.database.query<{ id: string; createdAt: Date }>(
      prepared(`with placed as (
         insert into orders (id, user_id, note, idempotency_key, status, next_attempt_at, accept_by,
                             last_seq)
         select id, user_id, note, key, 'PENDING', ${inMs('$9')}, ${inMs('$10')}, 1
           from unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) as new (id, user_id, note, key)
          order by user_id, key
             on conflict (user_id, idempotency_key) where idempotency_key is not null do nothing
         returning id, created_at),
       item as (
         insert into order_item (order_id, position, sku, quantity)
         select new.* from placed
           join unnest($5::uuid[], $6::smallint[], $7::text[], $8::int[])
                  as new (order_id, position, sku, quantity) on new.order_id = placed.id),
       event as (
         insert into order_event (order_id, seq, event, status, actor)
         select id, 1, 'PLACED', 'PENDING', 'CUSTOMER' from placed)
       select id, created_at as "createdAt" from placed`),
      [
        orders.map(({ id }) => id),
        orders.map(({ userId }) => userId),
        orders.map(({ note }) => note),
        orders.map(({ idempotencyKey }) => idempotencyKey),
        items.map(({ id }) => id),
        items.map(({ position }) => position),
        items.map(({ sku }) => sku),
        items.map(({ quantity }) => quantity),
        graceMs,
        acceptWithinMs,
      ],
    );
    return new Map(placed.map(({ id, createdAt }) => [id, createdAt]));
  }

  /**
   * Writes transitions, at most one of an order, each with its event, and gives when those were written
   * that were: a transition whose order has another status by now is dropped. Locks in the order of ids,
   * so that two instances which drive the same orders queue up. Who has waited for a lock may have
   * begun before what it waited for: no event is earlier than the one before it.
   */
  async record(transitions: readonly OrderTransition[]): Promise<Map<string, Date>> {
    const recorded = await this.database.query<{ id: string; at: Date }>(
      prepared(`with transition as (
         select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                              $7::text[], $8::jsonb[], $9::int[], $10::int[], $11::int[], $12::int[],
                              $13::int[])
           as transition (id, expected, status, event, actor, reason, cancel_reason, shortages, due_in_ms,
                    attempts, refusals, attempt, duration_ms)),
       locked as (select id from orders where id = any($1) order by id for update),
       moved as (
         update orders o
            set status = transition.status, cancel_reason = transition.cancel_reason,
                shortages = transition.shortages, attempts = transition.attempts, refusals = transition.refusals,
                next_attempt_at = case when ${STAYS_PARKED} then null
                                       else ${inMs('transition.due_in_ms')} end,
                parked_at = case when ${STAYS_PARKED} then o.parked_at
                                 when transition.event = 'PARKED' then greatest(now(), o.updated_at) end,
                last_seq = o.last_seq + 1, updated_at = greatest(now(), o.updated_at)
           from transition join locked using (id)
          where o.id = transition.id and o.status = transition.expected
         returning o.id, o.last_seq, o.status, transition.event, transition.actor, transition.attempt,
                   transition.duration_ms, transition.reason, o.updated_at)
       insert into order_event
         (order_id, seq, status, event, actor, attempt, duration_ms, reason, occurred_at)
       select * from moved
       returning order_id as id, occurred_at as at`),
      [
        transitions.map(({ id }) => id),
        transitions.map(({ from }) => from),
        transitions.map(({ to }) => to),
        transitions.map(({ event }) => event),
        transitions.map(({ actor }) => actor),
        transitions.map(({ reason }) => reason),
        transitions.map(({ cancelReason }) => cancelReason),
        transitions.map(({ shortages = [] }) =>
          shortages.length > 0 ? JSON.stringify(shortages) : null,
        ),
        transitions.map(({ dueInMs }) => dueInMs),
        transitions.map(({ attempts }) => attempts),
        transitions.map(({ refusals }) => refusals),
        transitions.map(({ attempt }) => attempt ?? null),
        transitions.map(({ durationMs }) => durationMs ?? null),
      ],
    );
    return new Map(recorded.map(({ id, at }) => [id, at]));
  }

  /**
   * Claims up to `limit` orders of each unfinished status that are due, the longest due first, for
   * `leaseMs`. Instances pass over what another has claimed. A claim is only a due time in the
   * future: if its owner dies, it lapses by itself.
   */
  async claimDue(
    statuses: readonly UnfinishedStatus[],
    limit: number,
    leaseMs: number,
  ): Promise<Order[]> {
    const claimed = await this.database.update<{ id: string }>(
      `update orders set next_attempt_at = ${inMs('$3')}
        where id in (
          select due.id from unnest($1::text[]) as state (status) cross join lateral (
            select id from orders
             where status = state.status and next_attempt_at <= now()
             order by next_attempt_at limit $2 for update skip locked) due)
       returning id`,
      [statuses, limit, leaseMs],
    );
    return claimed.length > 0 ? this.find(claimed.map(({ id }) => id)) : [];
  }

  /** Ends claims on orders that nothing was done for: they are due at once. */
  async releaseClaims(ids: readonly string[]): Promise<void> {
    await this.database.update(
      `update orders set next_attempt_at = now()
        where id = any($1) and next_attempt_at is not null`,
      [ids],
    );
  }

  /** PENDING orders whose accept-by time has passed, the longest overdue first. */
  async findOverdue(limit: number): Promise<{ id: string; status: 'PENDING' }[]> {
    return this.database.query(
      `select id, status from orders where status = 'PENDING' and accept_by <= now()
        order by accept_by limit $1`,
      [limit],
    );
  }
}
