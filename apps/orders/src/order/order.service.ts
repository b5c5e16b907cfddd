import { Inject, Injectable, Logger } from '@nestjs/common';
import { GROUP_LIMITS, GroupCommit, OVERLAP } from '@app/batching';
import type { Page } from '@app/contracts';
import type { LaneRequest } from '@app/postgres';
import { failpoint } from '@app/runtime';
import { ClockService } from '../clock/clock.service';
import { type CustomerRequest, TRANSITIONS_ON_REQUEST } from './lifecycle';
import {
  isSameOrder,
  isUnfinished,
  newOrder,
  type NewOrder,
  type Order,
  pendingOrder,
} from './order';
import {
  idempotencyKeyReused,
  MIN_RETRY_INTERVAL_MS,
  orderNotFound,
  orderStateConflict,
  retriedRecently,
} from './order-errors';
import { ORDER_OPTIONS, type OrderOptions } from './order-options';
import { OrderProcessor } from './order-processor.service';
import {
  applyTransition,
  requestedTransition,
  retryTransition,
  type OrderTransition,
} from './order-transition';
import { type OrderFilter, OrderReadRepository } from './order-read.repository';
import { OrderRepository } from './order.repository';

export interface PlacedOrder {
  readonly order: Order;
  /** Whether the idempotency key was used before; then this is the order it belongs to. */
  readonly isRepeated: boolean;
}

/** The use cases of orders. */
@Injectable()
export class OrderService {
  private readonly logger = new Logger(OrderService.name);
  private readonly inserts = new GroupCommit<NewOrder, PlacedOrder>(
    (orders) => this.insertBatch(orders),
    { what: 'new orders', ...GROUP_LIMITS, overlap: OVERLAP },
  );

  constructor(
    private readonly orders: OrderRepository,
    private readonly reads: OrderReadRepository,
    private readonly processor: OrderProcessor,
    private readonly clock: ClockService,
    @Inject(ORDER_OPTIONS) private readonly options: OrderOptions,
  ) {}

  /**
   * Places an order. Returns it CONFIRMED, CANCELLED for lack of stock, or PENDING if Inventory does
   * not respond by the deadline. Once the order is written, it is eventually finished, even if this
   * process dies. A repeated idempotency key returns the order that it belongs to, after advancing it
   * if it is PENDING. Throws IDEMPOTENCY_KEY_REUSED if the contents differ.
   */
  async place(request: Omit<NewOrder, 'id'>, deadline: Date): Promise<PlacedOrder> {
    const order = newOrder(request, this.clock.newId());
    failpoint('order.unwritten');
    const startedMs = performance.now();
    const placed = await this.inserts
      .submit(order)
      .finally(() => this.options.onWritten(performance.now() - startedMs));
    failpoint('order.written');
    if (placed.isRepeated && !isSameOrder(order, placed.order)) {
      throw idempotencyKeyReused(placed.order);
    }
    if (placed.order.status !== 'PENDING') return placed;
    return { ...placed, order: await this.advance(placed.order, deadline) };
  }

  /** Returns the order. Throws ORDER_NOT_FOUND. */
  async get(id: string, request: LaneRequest = {}): Promise<Order> {
    return (await this.reads.find(id, request)) ?? throwNotFound(id);
  }

  /**
   * Returns a page of orders, newest first. If another page follows, it may have fewer orders than the
   * limit, even none.
   */
  list(filter: OrderFilter, request: LaneRequest = {}): Promise<Page<Order>> {
    return this.reads.page(filter, request);
  }

  /**
   * Cancels an order and releases its units. Returns it CANCELLED once Inventory has recorded that,
   * and CANCELLING until then. Safe to repeat. Throws ORDER_STATE_CONFLICT if the order is being
   * fulfilled or is fulfilled.
   */
  cancel(id: string, deadline: Date): Promise<Order> {
    return this.requestTransition(id, 'cancel', deadline);
  }

  /**
   * Takes a CONFIRMED order's units out of the stock. Returns it FULFILLED once Inventory has recorded
   * that, and FULFILLING until then. Safe to repeat. Throws ORDER_STATE_CONFLICT in any other status.
   */
  fulfill(id: string, deadline: Date): Promise<Order> {
    return this.requestTransition(id, 'fulfill', deadline);
  }

  /**
   * Advances an unfinished order now, also a parked one. Throws ORDER_STATE_CONFLICT if the order is
   * not unfinished, and RETRIED_RECENTLY if the last retry was less than 5 s ago.
   */
  async retry(id: string, deadline: Date): Promise<Order> {
    const order = await this.find(id);
    if (!isUnfinished(order)) throw orderStateConflict(order, 'retry');
    const transition = retryTransition(order, this.options);
    const { at, waitMs } = await this.orders.recordRetry(transition, MIN_RETRY_INTERVAL_MS);
    if (waitMs !== undefined) throw retriedRecently(id, waitMs);
    const retried = at ? applyTransition(order, transition, at) : await this.find(id);
    return this.advance(retried, deadline);
  }

  /** If a cancel and a fulfill race, the first write wins, and the other one starts over. */
  private async requestTransition(
    id: string,
    request: CustomerRequest,
    deadline: Date,
  ): Promise<Order> {
    const order = await this.find(id);
    const to = TRANSITIONS_ON_REQUEST[request][order.status];
    if (to === 'notAllowed') throw orderStateConflict(order, request);
    const transition = requestedTransition(order, to, 'CUSTOMER', this.options);
    const moved = to === order.status ? order : await this.record(order, transition);
    if (!moved) return this.requestTransition(id, request, deadline);
    const advanced = await this.advance(moved, deadline);
    // Another client ended the reservation: a cancel may have found it COMMITTED, so that the order is
    // FULFILLED.
    if (TRANSITIONS_ON_REQUEST[request][advanced.status] === 'notAllowed')
      throw orderStateConflict(advanced, request);
    return advanced;
  }

  /** Reads an order that is about to be changed, outside the lane of the clients' reads. */
  private async find(id: string): Promise<Order> {
    return (await this.orders.find(id)) ?? throwNotFound(id);
  }

  /** Never fails: the order is stored, and the reconciler finishes what this cannot. */
  private async advance(order: Order, deadline: Date): Promise<Order> {
    if (!isUnfinished(order)) return order;
    try {
      return await this.processor.advance(order, deadline);
    } catch (error) {
      const context = { err: error, orderId: order.id };
      this.logger.warn(context, 'A decision was not written; the reconciler will retry');
      return order;
    }
  }

  private async record(order: Order, transition: OrderTransition): Promise<Order | undefined> {
    const at = await this.processor.record(transition);
    return at && applyTransition(order, transition, at);
  }

  private async insertBatch(orders: readonly NewOrder[]): Promise<PlacedOrder[]> {
    const { graceMs, acceptWithinMs } = this.options;
    const created = await this.orders.insert(orders, graceMs, acceptWithinMs);
    const repeated = orders.filter(({ id }) => !created.has(id));
    const originals = repeated.length > 0 ? await this.orders.findByKeys(repeated) : [];
    const byKey = new Map(originals.map((original) => [keyOf(original), original]));
    return orders.map((order) => {
      const createdAt = created.get(order.id);
      if (createdAt) return { order: pendingOrder(order, createdAt), isRepeated: false };
      const original = byKey.get(keyOf(order));
      if (original) return { order: original, isRepeated: true };
      throw new Error(`Order ${order.id} was neither inserted nor found by its key`);
    });
  }
}

const throwNotFound = (id: string): never => {
  throw orderNotFound(id);
};

const keyOf = ({ userId, idempotencyKey }: NewOrder): string =>
  JSON.stringify([userId, idempotencyKey]);
