import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '@app/postgres';
import type { NewOrder, Order, OrderStatus, Shortage, Transition } from './order';

interface OrderRecord extends Omit<Order, 'shortages'> {
  readonly shortages: readonly Shortage[] | null;
}

export interface OrderFilter {
  readonly userId?: string;
  readonly status?: OrderStatus;
  readonly sku?: string;
  /** Only orders older than the one with this id. */
  readonly before?: string;
  readonly limit: number;
}

/** A PENDING order that the settler has claimed. */
export interface ClaimedOrder {
  readonly id: string;
  readonly attempts: number;
}

const SELECT = `
  select o.id, o.user_id as "userId", o.note, o.status, o.cancel_reason as "cancelReason",
         o.shortages, o.created_at as "createdAt", o.updated_at as "updatedAt",
         (select json_agg(json_build_object('sku', i.sku, 'quantity', i.quantity) order by i.position)
            from order_item i where i.order_id = o.id) as items
    from orders o`;

const toOrder = (row: OrderRecord): Order => ({ ...row, shortages: row.shortages ?? [] });

/** All SQL about orders. */
@Injectable()
export class OrderRepository {
  constructor(private readonly database: Database) {}

  async find(ids: readonly string[]): Promise<Order[]> {
    const rows = await this.database.query<OrderRecord>(`${SELECT} where o.id = any($1)`, [ids]);
    return rows.map(toOrder);
  }

  /** Newest first. UUIDv7 ids are in the order of their making, so the id is the place in the list. */
  async list({ userId, status, sku, before, limit }: OrderFilter): Promise<Order[]> {
    const parameters: unknown[] = [];
    const parameter = (value: unknown): string => `$${parameters.push(value)}`;
    const conditions = ['true'];
    if (userId !== undefined) conditions.push(`o.user_id = ${parameter(userId)}`);
    if (status !== undefined) conditions.push(`o.status = ${parameter(status)}`);
    if (before !== undefined) conditions.push(`o.id < ${parameter(before)}`);
    if (sku !== undefined) {
      conditions.push(
        `o.id in (select order_id from order_item where sku = ${parameter(sku)} collate "C")`,
      );
    }
    const rows = await this.database.query<OrderRecord>(
      `${SELECT} where ${conditions.join(' and ')} order by o.id desc limit ${parameter(limit)}`,
      parameters,
    );
    return rows.map(toOrder);
  }

  /**
   * Inserts orders as PENDING. The settler keeps off them for `graceMs`, while the request that
   * brought them asks Inventory itself. Gives the time they were created.
   */
  async insert(tx: EntityManager, orders: readonly NewOrder[], graceMs: number): Promise<Date> {
    const [{ createdAt }] = await tx.query<[{ createdAt: Date }]>(
      `insert into orders (id, user_id, note, status, next_attempt_at, accept_by)
       select id, user_id, note, 'PENDING', now() + $4 * interval '1 millisecond',
              now() + interval '30 seconds'
         from unnest($1::uuid[], $2::text[], $3::text[]) as new (id, user_id, note)
       returning created_at as "createdAt"`,
      [
        orders.map(({ id }) => id),
        orders.map(({ userId }) => userId),
        orders.map(({ note }) => note),
        graceMs,
      ],
    );
    const items = orders.flatMap(({ id, items }) =>
      items.map((item, position) => ({ id, position, ...item })),
    );
    await tx.query(
      `insert into order_item (order_id, position, sku, quantity)
       select * from unnest($1::uuid[], $2::smallint[], $3::text[], $4::int[])`,
      [
        items.map(({ id }) => id),
        items.map(({ position }) => position),
        items.map(({ sku }) => sku),
        items.map(({ quantity }) => quantity),
      ],
    );
    return createdAt;
  }

  /**
   * Moves orders out of PENDING, and gives the ids of those it moved with the time. An order that
   * somebody else has moved already stays as it is.
   */
  async leavePending(transitions: readonly Transition[]): Promise<Map<string, Date>> {
    const moved = await this.database.update<{ id: string; updatedAt: Date }>(
      `update orders o
          set status = new.status, cancel_reason = new.cancel_reason, shortages = new.shortages,
              next_attempt_at = null, updated_at = now()
         from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[])
              as new (id, status, cancel_reason, shortages)
        where o.id = new.id and o.status = 'PENDING'
       returning o.id, o.updated_at as "updatedAt"`,
      [
        transitions.map(({ id }) => id),
        transitions.map(({ status }) => status),
        transitions.map(({ cancelReason }) => cancelReason),
        transitions.map(({ shortages }) =>
          shortages.length > 0 ? JSON.stringify(shortages) : null,
        ),
      ],
    );
    return new Map(moved.map(({ id, updatedAt }) => [id, updatedAt]));
  }

  /**
   * Claims PENDING orders that are due, oldest first, for `leaseMs`. Instances pass over what another
   * has claimed. A claim is only a due time in the future: if its owner dies, it lapses by itself.
   */
  async claimDue(limit: number, leaseMs: number): Promise<ClaimedOrder[]> {
    return this.database.update<ClaimedOrder>(
      `update orders
          set attempts = attempts + 1, next_attempt_at = now() + $2 * interval '1 millisecond'
        where id in (select id from orders where next_attempt_at <= now()
                      order by next_attempt_at limit $1 for update skip locked)
       returning id, attempts`,
      [limit, leaseMs],
    );
  }

  /** Says when claimed orders that are still undecided are due again. */
  async retryLater(orders: readonly { id: string; delayMs: number }[]): Promise<void> {
    await this.database.update(
      `update orders o set next_attempt_at = now() + new.delay_ms * interval '1 millisecond'
         from unnest($1::uuid[], $2::int[]) as new (id, delay_ms)
        where o.id = new.id and o.status = 'PENDING'`,
      [orders.map(({ id }) => id), orders.map(({ delayMs }) => delayMs)],
    );
  }
}
