import { Inject, Injectable, Logger } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import { Database, GROUP_LIMITS, GroupCommit } from '@app/postgres';
import { InventoryClient } from '../inventory/inventory.client';
import {
  newOrder,
  type NewOrder,
  type Order,
  retryDelayMs,
  type Transition,
  transitionFor,
} from './order';
import { type ClaimedOrder, type OrderFilter, OrderRepository } from './order.repository';

/** How long after a request's own time-out the settler still leaves its order alone. */
const GRACE_AFTER_TIMEOUT_MS = 300;
/** Nobody waits for the settler, so it can wait longer: for an Inventory that is slow, but there. */
const SETTLE_TIMEOUT_MS = 2_000;
/** Longer than a batch takes with all its time-outs. Should its process die, its claims lapse. */
const LEASE_MS = 10_000;

export const ORDER_SETTINGS = Symbol('ORDER_SETTINGS');

export interface OrderSettings {
  /** How long a request may wait for Inventory's decision before it answers PENDING. */
  readonly requestTimeoutMs: number;
}

export interface OrderPage {
  readonly orders: readonly Order[];
  /** The id to go on behind. Undefined: this was the last page. */
  readonly next: string | undefined;
}

/** What can be done with orders. */
@Injectable()
export class OrderService {
  private readonly logger = new Logger(OrderService.name);
  private readonly inserts = new GroupCommit<NewOrder, Date>(
    (orders) => this.insertTogether(orders),
    { what: 'new orders', ...GROUP_LIMITS },
  );
  private readonly moves = new GroupCommit<Transition, Date | undefined>(
    (transitions) => this.moveTogether(transitions),
    { what: 'order decisions', ...GROUP_LIMITS },
  );

  constructor(
    private readonly database: Database,
    private readonly orders: OrderRepository,
    private readonly inventory: InventoryClient,
    @Inject(ORDER_SETTINGS) private readonly settings: OrderSettings,
  ) {}

  /**
   * Places an order: CONFIRMED, CANCELLED for lack of stock, or PENDING when Inventory gives no
   * answer in time. Once this has written the order, it ends, whatever happens to this process.
   */
  async place(wanted: Omit<NewOrder, 'id'>): Promise<Order> {
    // From here, so that a slow write leaves less time to wait and the answer is not late for it.
    const deadline = inMs(this.settings.requestTimeoutMs);
    const order = newOrder(wanted);
    const createdAt = await this.inserts.submit(order);
    const pending: Order = {
      ...order,
      status: 'PENDING',
      cancelReason: null,
      shortages: [],
      createdAt,
      updatedAt: createdAt,
    };
    try {
      return await this.askInventory(pending, deadline);
    } catch (error) {
      // The order is safe, and the settler will end it: that is what the caller has to know.
      this.logger.warn(
        { err: error, orderId: order.id },
        'A decision was not written; left to the settler',
      );
      return pending;
    }
  }

  async get(id: string): Promise<Order> {
    const [order] = await this.orders.find([id]);
    if (order) return order;
    throw new ServiceError('ORDER_NOT_FOUND', `There is no order ${id}.`, {
      facts: { orderId: id },
    });
  }

  /** Newest first. */
  async list(filter: OrderFilter): Promise<OrderPage> {
    const found = await this.orders.list({ ...filter, limit: filter.limit + 1 });
    const orders = found.slice(0, filter.limit);
    return { orders, next: found.length > filter.limit ? orders.at(-1)?.id : undefined };
  }

  /** Drives on up to `limit` orders that are due. Gives how many it found, and how many it ended. */
  async settleDue(limit: number): Promise<{ found: number; ended: number }> {
    const claimed = await this.orders.claimDue(limit, LEASE_MS);
    if (claimed.length === 0) return { found: 0, ended: 0 };
    const orders = await this.orders.find(claimed.map(({ id }) => id));
    const deadline = inMs(SETTLE_TIMEOUT_MS);
    const asked = await Promise.allSettled(
      orders.map((order) => this.askInventory(order, deadline)),
    );
    const ended = new Set(
      asked.flatMap((one) =>
        one.status === 'fulfilled' && one.value.status !== 'PENDING' ? [one.value.id] : [],
      ),
    );
    await this.retryLater(claimed.filter(({ id }) => !ended.has(id)));
    return { found: claimed.length, ended: ended.size };
  }

  /** Asks Inventory for a PENDING order and writes what it decided. No answer leaves it PENDING. */
  private async askInventory(order: Order, deadline: Date): Promise<Order> {
    const decision = await this.inventory.reserve(order.id, order.items, deadline);
    if (decision.kind === 'unknown') return order;
    const transition = transitionFor(order.id, decision);
    const movedAt = await this.moves.submit(transition);
    return movedAt ? { ...order, ...transition, updatedAt: movedAt } : this.get(order.id);
  }

  private async retryLater(orders: readonly ClaimedOrder[]): Promise<void> {
    if (orders.length === 0) return;
    await this.orders.retryLater(
      orders.map(({ id, attempts }) => ({ id, delayMs: withJitter(retryDelayMs(attempts)) })),
    );
  }

  private async insertTogether(orders: readonly NewOrder[]): Promise<Date[]> {
    const graceMs = this.settings.requestTimeoutMs + GRACE_AFTER_TIMEOUT_MS;
    const createdAt = await this.database.transaction((tx) =>
      this.orders.insert(tx, orders, graceMs),
    );
    return orders.map(() => createdAt);
  }

  private async moveTogether(transitions: readonly Transition[]): Promise<(Date | undefined)[]> {
    const moved = await this.orders.leavePending(transitions);
    return transitions.map(({ id }) => moved.get(id));
  }
}

const inMs = (ms: number): Date => new Date(Date.now() + ms);

/** Half to all of it, so that orders which failed together do not come back together. */
const withJitter = (delayMs: number): number => Math.round(delayMs * (0.5 + Math.random() / 2));
