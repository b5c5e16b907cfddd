import { Inject, Injectable, Logger } from '@nestjs/common';
import { ServiceError } from '@app/errors';
import { GROUP_LIMITS, GroupCommit, OVERLAP } from '@app/postgres';
import { failpoint } from '@app/runtime';
import { allowedRequests, TRANSITIONS_ON_REQUEST } from './lifecycle';
import { OrderProcessor, TRANSITION_SETTINGS } from './order-processor.service';
import {
  isSameOrder,
  isUnfinished,
  newOrder,
  type NewOrder,
  type Order,
  pendingOrder,
} from './order';
import { orderNotFound } from './order-answers';
import { type OrderFilter, OrderRepository } from './order.repository';
import {
  applyTransition,
  requestedTransition,
  retryTransition,
  type OrderTransition,
  type TransitionSettings,
} from './order-transition';

export const ORDER_SETTINGS = Symbol('ORDER_SETTINGS');

export interface OrderSettings {
  /** PENDING for so long, an order is given up. */
  readonly acceptWithinMs: number;
  /** Hears how long each order took to be written: what tells best how much there is to do. */
  readonly onWritten: (tookMs: number) => void;
}

export interface OrderPage {
  readonly orders: readonly Order[];
  /** The id to go on behind. Undefined: this was the last page. */
  readonly next: string | undefined;
}

export interface PlacedOrder {
  readonly order: Order;
  /** The idempotency key was used before: this is the order that it stands for. */
  readonly isRepeated: boolean;
}

/** What a customer can do with orders. */
@Injectable()
export class OrderService {
  private readonly logger = new Logger(OrderService.name);
  private readonly inserts = new GroupCommit<NewOrder, PlacedOrder>(
    (orders) => this.insertBatch(orders),
    { what: 'new orders', ...GROUP_LIMITS, overlap: OVERLAP },
  );

  constructor(
    private readonly orders: OrderRepository,
    private readonly processor: OrderProcessor,
    @Inject(ORDER_SETTINGS) private readonly settings: OrderSettings,
    @Inject(TRANSITION_SETTINGS) private readonly transitionSettings: TransitionSettings,
  ) {}

  /**
   * Places an order: CONFIRMED, CANCELLED for lack of stock, or PENDING when Inventory gives no
   * answer by the deadline. Once this has written the order, it ends, whatever happens to this
   * process. A request that repeats an idempotency key is about the order that is there already, and
   * goes the same way; IDEMPOTENCY_KEY_REUSED if it asks for something else.
   */
  async place(request: Omit<NewOrder, 'id'>, deadline: Date): Promise<PlacedOrder> {
    const order = newOrder(request);
    failpoint('order.unwritten');
    const startedMs = performance.now();
    const placed = await this.inserts
      .submit(order)
      .finally(() => this.settings.onWritten(performance.now() - startedMs));
    failpoint('order.written');
    if (placed.isRepeated && !isSameOrder(order, placed.order)) throw keyReused(placed.order);
    if (placed.order.status !== 'PENDING') return placed;
    return { ...placed, order: await this.advance(placed.order, deadline) };
  }

  async get(id: string): Promise<Order> {
    const order = await this.processor.find(id);
    if (order) return order;
    throw orderNotFound(id);
  }

  /** Newest first. */
  async list(filter: OrderFilter): Promise<OrderPage> {
    const found = await this.orders.list({ ...filter, limit: filter.limit + 1 });
    const orders = found.slice(0, filter.limit);
    return { orders, next: found.length > filter.limit ? orders.at(-1)?.id : undefined };
  }

  /**
   * Gives an order up and its units back. CANCELLED once Inventory has recorded that, CANCELLING
   * until then. Safe to repeat. ORDER_STATE_CONFLICT when its units may leave, or have left.
   */
  cancel(id: string, deadline: Date): Promise<Order> {
    return this.requestTransition(id, 'cancel', deadline);
  }

  /**
   * Lets a CONFIRMED order's units leave. FULFILLED once Inventory has recorded that, FULFILLING
   * until then. Safe to repeat. ORDER_STATE_CONFLICT in any other state.
   */
  fulfill(id: string, deadline: Date): Promise<Order> {
    return this.requestTransition(id, 'fulfill', deadline);
  }

  /**
   * Drives an unfinished order on now, also one that is parked. ORDER_STATE_CONFLICT where there is
   * nothing to drive on.
   */
  async retry(id: string, deadline: Date): Promise<Order> {
    const order = await this.get(id);
    if (!isUnfinished(order)) throw conflict(order, 'retry');
    const transition = retryTransition(order, this.transitionSettings);
    const retried = await this.recorded(order, transition);
    return this.advance(retried ?? (await this.get(id)), deadline);
  }

  /** Of a cancel and a fulfill that meet, the one that writes first wins; the other looks again. */
  private async requestTransition(
    id: string,
    request: 'cancel' | 'fulfill',
    deadline: Date,
  ): Promise<Order> {
    const order = await this.get(id);
    const to = TRANSITIONS_ON_REQUEST[request][order.status];
    if (to === 'rejected') throw conflict(order, request);
    const transition = requestedTransition(order, to, 'CUSTOMER', this.transitionSettings);
    const moved = to === order.status ? order : await this.recorded(order, transition);
    if (!moved) return this.requestTransition(id, request, deadline);
    const advanced = await this.advance(moved, deadline);
    // Somebody ended its reservation in Inventory the other way.
    if (TRANSITIONS_ON_REQUEST[request][advanced.status] === 'rejected')
      throw conflict(advanced, request);
    return advanced;
  }

  /** The order is safe whatever happens here, and that is what the caller has to know. */
  private async advance(order: Order, deadline: Date): Promise<Order> {
    if (!isUnfinished(order)) return order;
    try {
      return await this.processor.advance(order, deadline);
    } catch (error) {
      const context = { err: error, orderId: order.id };
      this.logger.warn(context, 'A decision was not written; left to the reconciler');
      return order;
    }
  }

  private async recorded(order: Order, transition: OrderTransition): Promise<Order | undefined> {
    const at = await this.processor.record(transition);
    return at && applyTransition(order, transition, at);
  }

  private async insertBatch(orders: readonly NewOrder[]): Promise<PlacedOrder[]> {
    const { graceMs } = this.transitionSettings;
    const created = await this.orders.insert(orders, graceMs, this.settings.acceptWithinMs);
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

const keyOf = ({ userId, idempotencyKey }: NewOrder): string =>
  JSON.stringify([userId, idempotencyKey]);

const keyReused = ({ id, idempotencyKey }: Order): ServiceError =>
  new ServiceError(
    'IDEMPOTENCY_KEY_REUSED',
    `Idempotency-Key ${JSON.stringify(idempotencyKey)} stands for order ${id}, which is for something else. ` +
      'Use a new key for a new order.',
    { metadata: { orderId: id } },
  );

const conflict = ({ id, status }: Order, wanted: 'cancel' | 'fulfill' | 'retry'): ServiceError => {
  const allowed = allowedRequests(status);
  const remedy = allowed.length > 0 ? `It allows: ${allowed.join(', ')}.` : 'It allows no change.';
  return new ServiceError(
    'ORDER_STATE_CONFLICT',
    `Order ${id} is ${status}, which rules out ${wanted}. ${remedy}`,
    { metadata: { orderId: id, orderStatus: status, allowed } },
  );
};
