import { Injectable } from '@nestjs/common';
import type { LineDto, ShortageDto } from '@app/contracts';
import { Database, PreparedStatement } from '@app/postgres';
import type { UnfinishedStatus } from './lifecycle';
import type { NewOrder, Order } from './order';
import { fingerprintOf } from './order-fingerprint';
import { keepUnits } from './order-reduction';
import type { OrderTransition } from './order-transition';
import { actorsOf } from './requested-order';
import { sparseColumn } from './sparse-column';

/** The row of a whole order. */
export interface OrderRecord extends Omit<Order, 'shortages' | 'originalItems'> {
  readonly shortages: readonly ShortageDto[] | null;
  /** What each reduction kept of a SKU, in the order of the reductions. Null without one. */
  readonly kept: readonly LineDto[] | null;
}

/** The order of a key, with the fingerprint of its contents. Null if an earlier version has written it. */
export interface OriginalOrder {
  readonly order: Order;
  readonly fingerprint: Buffer | null;
}

/** The columns of an OrderRecord, of the order `o`. */
export const ORDER_COLUMNS = `
  o.id, o.user_id as "userId", o.note, o.external_id as "externalId", o.metadata,
  o.idempotency_key as "idempotencyKey", o.status, o.cancel_reason as "cancelReason",
  o.shortages, o.attempts, o.refusals, o.parked_at as "parkedAt", o.created_at as "createdAt",
  o.updated_at as "updatedAt",
  (select json_agg(json_build_object('sku', i.sku, 'quantity', i.quantity) order by i.position)
     from order_item i where i.order_id = o.id) as items,
  o.reductions, case when o.reductions > 0 then
    (select json_agg(json_build_object('sku', r.sku, 'quantity', r.quantity) order by r.number)
       from order_reduction r where r.order_id = o.id) end as kept`;

const SELECT = `select ${ORDER_COLUMNS} from orders o`;

export const toOrder = ({ kept, ...row }: OrderRecord): Order => ({
  ...row,
  items: kept ? keepUnits(row.items, kept) : row.items,
  originalItems: kept && row.items,
  shortages: row.shortages ?? [],
});

/** Longer than any time for which an order waits: the grace of a request, a lease, or the pause of a retry. */
const LONGEST_PAUSE = `interval '2 minutes'`;

/** SQL for the time in so many milliseconds; null if the number is null. */
const inMs = (ms: string): string => `now() + ${ms} * interval '1 millisecond'`;

const INSERT = new PreparedStatement(`
  with placed as (
    insert into orders (id, user_id, note, idempotency_key, fingerprint, external_id, metadata,
                        status, next_attempt_at, accept_by, last_seq)
    select id, user_id, note, key, fingerprint, external_id, metadata,
           'PENDING', ${inMs('$9')}, ${inMs('$10')}, 1
      from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $11::bytea[], $12::text[],
                  $13::jsonb[])
             as new (id, user_id, note, key, fingerprint, external_id, metadata)
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
    select id, 1, 'PLACED', 'PENDING', coalesce($14::jsonb ->> id::text, 'CUSTOMER') from placed)
  select id, created_at as "createdAt" from placed`);

/** Requests about an unfinished order add no second failed attempt to its timeline within this time. */
const MIN_ATTEMPT_INTERVAL_MS = 1_000;

/** Writes transitions. Takes `columnsOf` them. */
export const RECORD = new PreparedStatement(`
  with transition as (
    select * from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                         $7::text[], $8::jsonb[], $9::int[], $10::text[], $11::int[], $12::int[],
                         $13::int[], $14::int[], $15::smallint[])
      as transition (id, expected, status, event, actor, reason, cancel_reason, shortages, due_in_ms,
                     parking, attempts, refusals, attempt, duration_ms, reduction)),
  locked as (select id from orders where id = any($1) order by id for update),
  moved as (
    update orders o
       set status = transition.status, cancel_reason = transition.cancel_reason,
           shortages = transition.shortages, attempts = transition.attempts, refusals = transition.refusals,
           next_attempt_at = case when transition.parking = 'keep' and o.parked_at is not null
                                  then null else ${inMs('transition.due_in_ms')} end,
           parked_at = case transition.parking
                         when 'keep' then o.parked_at
                         when 'park' then coalesce(o.parked_at, greatest(now(), o.updated_at))
                       end,
           last_seq = o.last_seq + 1, updated_at = greatest(now(), o.updated_at)
      from transition join locked using (id)
     where o.id = transition.id and o.status = transition.expected
       and (transition.reduction is null or o.reductions = transition.reduction)
       and not (transition.actor <> 'SYSTEM' and transition.event in ('NO_ANSWER', 'REFUSED', 'PARKED')
                and o.attempts > 0
                and o.updated_at > now() - interval '${MIN_ATTEMPT_INTERVAL_MS} milliseconds')
    returning o.id, o.last_seq, o.status, transition.event, transition.actor, transition.attempt,
              transition.duration_ms, transition.reason, o.updated_at)
  insert into order_event
    (order_id, seq, status, event, actor, attempt, duration_ms, reason, occurred_at)
  select * from moved
  returning order_id as id, occurred_at as at`);

/** Events in which the last retry is searched: more than an order has within seconds. */
const RECENT_EVENTS = 1_000;

const LAST_RETRY_WAIT = `
  select ceil(extract(epoch from max(occurred_at) + $2::int * interval '1 millisecond'
                                   - clock_timestamp()) * 1000)::int as "waitMs"
    from (select event, occurred_at from order_event where order_id = $1
           order by seq desc limit ${RECENT_EVENTS}) recent
   where event = 'RETRIED'`;

/** What a retry led to: its time, or how long to wait. Neither: the order has another status. */
export interface RecordedRetry {
  readonly at?: Date | undefined;
  readonly waitMs?: number;
}

/** The parameters of RECORD. */
export const columnsOf = (transitions: readonly OrderTransition[]): unknown[] => [
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
  transitions.map(({ parking }) => parking),
  transitions.map(({ attempts }) => attempts),
  transitions.map(({ refusals }) => refusals),
  transitions.map(({ attempt }) => attempt ?? null),
  transitions.map(({ durationMs }) => durationMs ?? null),
  sparseColumn(transitions.map(({ reduction }) => reduction)),
];

/** All SQL that writes orders, and that reads orders for it. */
@Injectable()
export class OrderRepository {
  constructor(private readonly database: Database) {}

  /** Returns the order, or undefined if there is none with this id. */
  async find(id: string): Promise<Order | undefined> {
    const [order] = await this.findAll([id]);
    return order;
  }

  /** Returns the orders with these ids, in no particular order. */
  async findAll(ids: readonly string[]): Promise<Order[]> {
    const rows = await this.database.query<OrderRecord>(`${SELECT} where o.id = any($1)`, [ids]);
    return rows.map(toOrder);
  }

  /** Returns the orders that customers have placed with these keys. */
  async findByKeys(
    keys: readonly Pick<NewOrder, 'userId' | 'idempotencyKey'>[],
  ): Promise<OriginalOrder[]> {
    const rows = await this.database.query<OrderRecord & Pick<OriginalOrder, 'fingerprint'>>(
      `select o.fingerprint, ${ORDER_COLUMNS} from orders o
        where (o.user_id, o.idempotency_key) in (select * from unnest($1::text[], $2::text[]))`,
      [keys.map(({ userId }) => userId), keys.map(({ idempotencyKey }) => idempotencyKey)],
    );
    return rows.map(({ fingerprint, ...row }) => ({ order: toOrder(row), fingerprint }));
  }

  /**
   * Inserts orders as PENDING and skips those whose customer has used the idempotency key before. The
   * reconciler leaves them alone for `graceMs`, while their requests call Inventory. Returns the
   * creation time by order id. Skipped orders are absent.
   *
   * Rows are inserted in the order of their keys, so that instances with common keys queue instead of
   * deadlocking.
   */
  async insert(
    orders: readonly NewOrder[],
    graceMs: number,
    acceptWithinMs: number,
  ): Promise<Map<string, Date>> {
    const items = orders.flatMap(({ id, items }) =>
      items.map(({ sku, quantity }, position) => ({ id, position, sku, quantity })),
    );
    const placed = await this.database.write<{ id: string; createdAt: Date }>(INSERT, [
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
      orders.map(fingerprintOf),
      sparseColumn(orders.map(({ externalId }) => externalId)),
      sparseColumn(orders.map(({ metadata }) => metadata && JSON.stringify(metadata))),
      actorsOf(orders),
    ]);
    return new Map(placed.map(({ id, createdAt }) => [id, createdAt]));
  }

  /**
   * Writes transitions, at most one per order, each with its event. Returns the time by order id. A
   * transition is dropped, and absent, if its order no longer has the status `from`.
   *
   * A failed attempt of a request is dropped as well if the order's last event is younger than a second
   * and the attempt is not the first: requests that repeat it would add events without limit.
   *
   * Rows are locked in the order of ids, so that instances with common orders queue instead of
   * deadlocking. A statement that waited for a lock may have begun before the one it waited for;
   * `greatest` keeps its event from being earlier than the previous one. Whether an order stays parked is
   * decided by the row as it is now, and not by the order as the caller read it.
   */
  async record(transitions: readonly OrderTransition[]): Promise<Map<string, Date>> {
    const recorded = await this.database.write<{ id: string; at: Date }>(
      RECORD,
      columnsOf(transitions),
    );
    return new Map(recorded.map(({ id, at }) => [id, at]));
  }

  /**
   * Writes the transition of a retry, unless the order was retried within `minIntervalMs`, by whichever
   * instance. The order is locked before its events are read: a statement that had waited for the lock
   * would not see the retry that it waited for.
   */
  async recordRetry(transition: OrderTransition, minIntervalMs: number): Promise<RecordedRetry> {
    const { id } = transition;
    return this.database.transaction(async (tx) => {
      await tx.query('select from orders where id = $1 for update', [id]);
      const { waitMs } = await tx.queryOne<{ waitMs: number | null }>(LAST_RETRY_WAIT, [
        id,
        minIntervalMs,
      ]);
      if (waitMs !== null && waitMs > 0) return { waitMs };
      const [recorded] = await tx.query<{ at: Date }>(RECORD, columnsOf([transition]));
      return { at: recorded?.at };
    });
  }

  /**
   * Claims up to `limit` due orders of each status for `leaseMs`, the longest due first, and returns
   * them. Skips orders that another session has locked, so it never waits for a row. A claim is only a due
   * time in the future: if its owner dies, it lapses by itself.
   *
   * An order that is due later than after the longest pause is claimed as well, up to `limit` more: the
   * clock of the database was ahead when its due time was set.
   */
  async claimDue(
    statuses: readonly UnfinishedStatus[],
    limit: number,
    leaseMs: number,
  ): Promise<Order[]> {
    const claimed = await this.database.write<{ id: string }>(
      `update orders set next_attempt_at = ${inMs('$3')}
        where id in (
          select due.id from unnest($1::text[]) as state (status)
           cross join (values ('-infinity', now()), (now() + ${LONGEST_PAUSE}, 'infinity')) as due_in (first, last)
           cross join lateral (
            select id from orders
             where status = state.status
               and next_attempt_at > due_in.first and next_attempt_at <= due_in.last
             order by next_attempt_at limit $2 for update skip locked) due)
       returning id`,
      [statuses, limit, leaseMs],
    );
    return claimed.length > 0 ? this.findAll(claimed.map(({ id }) => id)) : [];
  }

  /**
   * Makes claimed orders due at once, because no call was made for them. Locks in the order of ids, as
   * `record` does.
   */
  async releaseClaims(ids: readonly string[]): Promise<void> {
    await this.database.write(
      `with locked as (select id from orders where id = any($1) order by id for update)
       update orders o set next_attempt_at = now() from locked
        where o.id = locked.id and o.next_attempt_at is not null`,
      [ids],
    );
  }

  /** Returns PENDING orders whose accept-by time has passed, the longest overdue first. */
  async findOverdue(limit: number): Promise<{ id: string; status: 'PENDING' }[]> {
    return this.database.query(
      `select id, status from orders where status = 'PENDING' and accept_by <= now()
        order by accept_by limit $1`,
      [limit],
    );
  }
}
