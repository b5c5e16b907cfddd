import { Inject, Injectable, Logger } from '@nestjs/common';
import { GROUP_LIMITS, GroupCommit, OVERLAP } from '@app/batching';
import { inForm, LIMITS, type LineDto, type Page } from '@app/contracts';
import type { LaneRequest } from '@app/postgres';
import { failpoint } from '@app/runtime';
import { ClockService } from '../clock/clock.service';
import { TRANSITIONS_ON_REQUEST } from './lifecycle';
import { asSent, isUnfinished, newOrder, type NewOrder, type Order, pendingOrder } from './order';
import {
  idempotencyKeyReused,
  MIN_RETRY_INTERVAL_MS,
  orderNotFound,
  orderStateConflict,
  retriedRecently,
} from './order-errors';
import { isSameOrder } from './order-fingerprint';
import { ORDER_OPTIONS, type OrderOptions } from './order-options';
import { haveSameUnits, unitsBySku } from './order-reduction';
import { OrderReductionRepository } from './order-reduction.repository';
import { OrderProcessor } from './order-processor.service';
import {
  applyTransition,
  requestedTransition,
  retryTransition,
  type OrderTransition,
} from './order-transition';
import { type OrderFilter, OrderReadRepository } from './order-read.repository';
import { OrderRepository, type OriginalOrder } from './order.repository';
import { requestedOrder } from './requested-order';
import { maySee, type Requester } from './requester';
import { reducedItems } from './reduced-items';
import { reducedTooOften } from './reduction-errors';

export interface PlacedOrder {
  readonly order: Order;
  /** Whether the idempotency key was used before; then this is the order it belongs to. */
  readonly isRepeated: boolean;
}

/** What a request to place an order led to. */
interface WrittenOrder extends PlacedOrder {
  /** Whether the order that the idempotency key belongs to has the contents of the request. */
  readonly isSame: boolean;
}

/** Text that is the same in every normalization form. */
const ASCII = /^[ -~]*$/;

const repeated = (order: NewOrder, original: OriginalOrder): WrittenOrder => ({
  order: original.order,
  isRepeated: true,
  isSame: isSameOrder(order, asSent(original.order), original.fingerprint),
});

/** The use cases of orders. */
@Injectable()
export class OrderService {
  private readonly logger = new Logger(OrderService.name);
  private readonly inserts = new GroupCommit<NewOrder, WrittenOrder>(
    (orders) => this.insertBatch(orders),
    { what: 'new orders', ...GROUP_LIMITS, overlap: OVERLAP },
  );

  constructor(
    private readonly orders: OrderRepository,
    private readonly reductions: OrderReductionRepository,
    private readonly reads: OrderReadRepository,
    private readonly processor: OrderProcessor,
    private readonly clock: ClockService,
    @Inject(ORDER_OPTIONS) private readonly options: OrderOptions,
  ) {}

  /**
   * Places an order. Returns it CONFIRMED, CANCELLED for lack of stock, or PENDING if Inventory does
   * not respond by the deadline. Once the order is written, it is eventually finished, even if this
   * process dies. A repeated idempotency key returns the order that it belongs to, after advancing it
   * if it is PENDING. Throws IDEMPOTENCY_KEY_REUSED if the contents differ. The order of the lines
   * and of the keys of metadata, a line that is split, and an empty note in place of none make no
   * difference.
   */
  async place(request: Omit<NewOrder, 'id'>, deadline: Date, by: Requester): Promise<PlacedOrder> {
    const order = newOrder(requestedOrder(request, by), this.clock.newId());
    failpoint('order.unwritten');
    const placed = (await this.findFormer(order)) ?? (await this.write(order));
    failpoint('order.written');
    const { isRepeated, isSame } = placed;
    if (!isSame) throw idempotencyKeyReused(placed.order);
    if (placed.order.status !== 'PENDING') return { order: placed.order, isRepeated };
    return { order: await this.advance(placed.order, deadline, by), isRepeated };
  }

  /** Returns the order. Throws ORDER_NOT_FOUND, also if it is not the requester's. */
  async get(id: string, by: Requester, request: LaneRequest = {}): Promise<Order> {
    return visible(id, await this.reads.find(id, request), by);
  }

  /**
   * Returns a page of orders, newest first unless the filter says otherwise. If another page follows, it may have fewer orders than the
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
  cancel(id: string, deadline: Date, by: Requester): Promise<Order> {
    return this.requestTransition(id, 'cancel', deadline, by);
  }

  /**
   * Takes a CONFIRMED order's units out of the stock. Returns it FULFILLED once Inventory has recorded
   * that, and FULFILLING until then. Safe to repeat. Throws ORDER_STATE_CONFLICT in any other status.
   */
  fulfill(id: string, deadline: Date, by: Requester): Promise<Order> {
    return this.requestTransition(id, 'fulfill', deadline, by);
  }

  /**
   * Makes a CONFIRMED order keep at most these units of the SKUs that `kept` names; it must name each once.
   * Returns the order CONFIRMED once Inventory has returned the others to the stock, and REDUCING until
   * then. Safe to repeat. Throws INVALID_REQUEST for a SKU that the order never had, QUANTITY_INCREASED,
   * NOTHING_LEFT, REDUCED_TOO_OFTEN, and ORDER_STATE_CONFLICT in any other status, or while the order is
   * being reduced to other units.
   */
  async reduce(
    id: string,
    kept: readonly LineDto[],
    deadline: Date,
    by: Requester,
  ): Promise<Order> {
    const order = await this.find(id, by);
    const to = TRANSITIONS_ON_REQUEST.reduce[order.status];
    if (to === 'notAllowed') throw orderStateConflict(order, 'reduce');
    const items = reducedItems(order, kept);
    const isRepeated = haveSameUnits(items, order.items);
    const moved = isRepeated ? order : await this.recordReduction(order, items, kept, deadline, by);
    if (!moved) return this.reduce(id, kept, deadline, by);
    const advanced = await this.advance(moved, deadline, by);
    if (TRANSITIONS_ON_REQUEST.reduce[advanced.status] === 'notAllowed')
      throw orderStateConflict(advanced, 'reduce');
    return advanced;
  }

  /**
   * Advances an unfinished order now, also a parked one. Throws ORDER_STATE_CONFLICT if the order is
   * not unfinished, and RETRIED_RECENTLY if the last retry was less than 5 s ago.
   */
  async retry(id: string, deadline: Date, by: Requester): Promise<Order> {
    const order = await this.find(id, by);
    if (!isUnfinished(order)) throw orderStateConflict(order, 'retry');
    const transition = retryTransition(order, by.actor, this.options);
    const { at, waitMs } = await this.orders.recordRetry(transition, MIN_RETRY_INTERVAL_MS);
    if (waitMs !== undefined) throw retriedRecently(id, waitMs);
    const retried = at ? applyTransition(order, transition, at) : await this.find(id, by);
    return this.advance(retried, deadline, by);
  }

  /** Returns undefined if the reduction must start over, because the order is another by now. */
  private async recordReduction(
    order: Order,
    items: readonly LineDto[],
    kept: readonly LineDto[],
    deadline: Date,
    by: Requester,
  ): Promise<Order | undefined> {
    if (order.status === 'REDUCING') {
      const advanced = await this.advance(order, deadline, by);
      if (advanced.status === 'REDUCING') throw orderStateConflict(advanced, 'reduce');
      return undefined;
    }
    if (order.reductions >= LIMITS.maxReductions) throw reducedTooOften(order);
    const present = unitsBySku(order.items);
    const changed = kept.filter(({ sku, quantity }) => quantity !== (present.get(sku) ?? 0));
    const transition = requestedTransition(order, 'REDUCING', by.actor, this.options);
    const at = await this.reductions.record(transition, order, changed);
    if (!at) return undefined;
    const originalItems = order.originalItems ?? order.items;
    const reduced = { ...order, items, originalItems, reductions: order.reductions + 1 };
    return applyTransition(reduced, transition, at);
  }

  /** If a cancel and a fulfill race, the first write wins, and the other one starts over. */
  private async requestTransition(
    id: string,
    request: 'cancel' | 'fulfill',
    deadline: Date,
    by: Requester,
  ): Promise<Order> {
    const order = await this.find(id, by);
    const to = TRANSITIONS_ON_REQUEST[request][order.status];
    if (to === 'notAllowed') throw orderStateConflict(order, request);
    const transition = requestedTransition(order, to, by.actor, this.options);
    const moved = to === order.status ? order : await this.record(order, transition);
    if (!moved) return this.requestTransition(id, request, deadline, by);
    const advanced = await this.advance(moved, deadline, by);
    // Another client ended the reservation: a cancel may have found it COMMITTED, so that the order is
    // FULFILLED.
    if (TRANSITIONS_ON_REQUEST[request][advanced.status] === 'notAllowed')
      throw orderStateConflict(advanced, request);
    return advanced;
  }

  private async write(order: NewOrder): Promise<WrittenOrder> {
    const startedMs = performance.now();
    return this.inserts
      .submit(order)
      .finally(() => this.options.onWritten(performance.now() - startedMs));
  }

  /**
   * Finds the order of a key whose customer an earlier version has stored as it was sent, with accents that
   * are not composed. Remove this one release after the one that composes them.
   */
  private async findFormer(order: NewOrder): Promise<WrittenOrder | undefined> {
    // Looked at first, because normalization takes 2 µs of each order.
    if (order.idempotencyKey === null || ASCII.test(order.userId)) return undefined;
    const userId = inForm('NFD', order.userId);
    if (userId === order.userId) return undefined;
    const [former] = await this.orders.findByKeys([{ ...order, userId }]);
    return former && repeated(order, former);
  }

  /** Reads an order that is about to be changed, outside the lane of the clients' reads. */
  private async find(id: string, by: Requester): Promise<Order> {
    return visible(id, await this.orders.find(id), by);
  }

  /** Never fails: the order is stored, and the reconciler finishes what this cannot. */
  private async advance(order: Order, deadline: Date, { actor }: Requester): Promise<Order> {
    if (!isUnfinished(order)) return order;
    try {
      return await this.processor.advance(order, deadline, actor);
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

  private async insertBatch(orders: readonly NewOrder[]): Promise<WrittenOrder[]> {
    const { graceMs, acceptWithinMs } = this.options;
    const created = await this.orders.insert(orders, graceMs, acceptWithinMs);
    const skipped = orders.filter(({ id }) => !created.has(id));
    const originals = skipped.length > 0 ? await this.orders.findByKeys(skipped) : [];
    const byKey = new Map(originals.map((original) => [keyOf(original.order), original]));
    return orders.map((order) => {
      const createdAt = created.get(order.id);
      if (createdAt) {
        return { order: pendingOrder(order, createdAt), isRepeated: false, isSame: true };
      }
      const original = byKey.get(keyOf(order));
      if (original) return repeated(order, original);
      throw new Error(`Order ${order.id} was neither inserted nor found by its key`);
    });
  }
}

/** Returns an order that the requester may see. Otherwise it is as if there was none. */
const visible = (id: string, order: Order | undefined, by: Requester): Order => {
  if (order && maySee(by, order)) return order;
  throw orderNotFound(id);
};

const keyOf = ({ userId, idempotencyKey }: NewOrder): string =>
  JSON.stringify([userId, idempotencyKey]);
