import { Inject, Injectable, Logger } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import { Database, GroupCommit } from '@app/postgres';
import { INVENTORY_TIMEOUT_MS, InventoryClient } from '../inventory/inventory.client';
import {
  newOrder,
  type NewOrder,
  type Order,
  retryDelayMs,
  type Transition,
  transitionFor,
} from './order';
import { type ClaimedOrder, type OrderFilter, OrderRepository } from './order.repository';

const MAX_GROUP = 256;
const MAX_WAITING = 4_096;
/** How long after a request's own time-out the settler still leaves its order alone. */
const GRACE_AFTER_TIMEOUT_MS = 300;
/** Longer than a batch can take. Should this process die, its claims lapse after it. */
const LEASE_MS = 5_000;

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
    {
      what: 'new orders',
      maxGroup: MAX_GROUP,
      maxWaiting: MAX_WAITING,
    },
  );
  private readonly moves = new GroupCommit<Transition, Date | undefined>(
    (transitions) => this.moveTogether(transitions),
    { what: 'order decisions', maxGroup: MAX_GROUP, maxWaiting: MAX_WAITING },
  );

  constructor(
    private readonly database: Database,
    private readonly orders: OrderRepository,
    private readonly inventory: InventoryClient,
    @Inject(INVENTORY_TIMEOUT_MS) private readonly timeoutMs: number,
  ) {}

  /**
   * Places an order: CONFIRMED, CANCELLED for lack of stock, or PENDING when Inventory gives no
   * answer in time. Once this has written the order, it ends, whatever happens to this process.
   */
  async place(wanted: Omit<NewOrder, 'id'>): Promise<Order> {
    // From here, so that a slow write leaves less time to wait and the answer is not late for it.
    const deadline = this.inventory.deadline();
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

  /** Drives on up to `limit` orders that are due. Gives how many it found. */
  async settleDue(limit: number): Promise<number> {
    const claimed = await this.orders.claimDue(limit, LEASE_MS);
    if (claimed.length === 0) return 0;
    const orders = await this.orders.find(claimed.map(({ id }) => id));
    const deadline = this.inventory.deadline();
    const asked = await Promise.all(orders.map((order) => this.askInventory(order, deadline)));
    const undecided = new Set(
      asked.filter(({ status }) => status === 'PENDING').map(({ id }) => id),
    );
    await this.retryLater(claimed.filter(({ id }) => undecided.has(id)));
    return claimed.length;
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
    const graceMs = this.timeoutMs + GRACE_AFTER_TIMEOUT_MS;
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

/** Half to all of it, so that orders which failed together do not come back together. */
const withJitter = (delayMs: number): number => Math.round(delayMs * (0.5 + Math.random() / 2));
