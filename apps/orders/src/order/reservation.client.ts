import { Metadata } from '@grpc/grpc-js';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import { bulkhead, type BulkheadPolicy } from 'cockatiel';
import { firstValueFrom } from 'rxjs';
import { GroupCommit, OVERLAP } from '@app/batching';
import { type GrpcClient, INVENTORY_SERVICE, type InventoryService, LIMITS } from '@app/contracts';
import { CALL_BY_STATUS } from './lifecycle';
import type { Order, UnfinishedOrder } from './order';
import { type Reply, SKIPPED } from './reply';
import { INVENTORY_GRPC, InventoryAvailability } from '../inventory/inventory-availability';
import { replyFromFailure, replyFromReservation, replyFromBatchResult } from './reply-mapping';

type Creation = Pick<Order, 'id' | 'items'>;

interface WaitingCreation {
  readonly order: Creation;
  readonly deadline: Date;
}

/** Calls that run at a time, and that wait for their turn, for customers and for the reconciler each. */
const MAX_CONCURRENT_CALLS = 64;
const MAX_QUEUED_CALLS = 1_024;

/** One line a second is enough: the orders' timelines have the rest. */
const LOG_INTERVAL_MS = 1_000;

const DEADLINE_EXCEEDED: Reply = { kind: 'noResponse', reason: 'DEADLINE_EXCEEDED' };

/**
 * Orders' only way to Inventory's reservations. Whatever goes wrong on it means "unknown", never
 * "no". Nothing here throws, and nothing takes longer than its deadline.
 */
@Injectable()
export class ReservationClient {
  private readonly logger = new Logger(ReservationClient.name);
  private readonly service: GrpcClient<InventoryService>;
  private nextLogAtMs = 0;
  private readonly customerCalls = bulkhead(MAX_CONCURRENT_CALLS, MAX_QUEUED_CALLS);
  private readonly reconcilerCalls = bulkhead(MAX_CONCURRENT_CALLS, MAX_QUEUED_CALLS);
  /** While a call is under way, whoever comes gathers for the next. */
  private readonly creations = new GroupCommit<WaitingCreation, Reply>(
    (waiting) => this.flushCreations(waiting),
    {
      what: 'orders',
      maxGroupSize: LIMITS.maxBatch,
      maxQueued: 4_096,
      maxWaitMs: 60_000,
      overlap: OVERLAP,
    },
  );

  constructor(
    @Inject(INVENTORY_GRPC) grpc: ClientGrpc,
    private readonly availability: InventoryAvailability,
  ) {
    this.service = grpc.getService<GrpcClient<InventoryService>>(INVENTORY_SERVICE);
  }

  /** False while a call would be in vain. */
  get isAvailable(): boolean {
    return !this.availability.isUnavailable;
  }

  /** Asks to hold an order's items, together with what else waits for that. */
  async create(order: Creation, deadline: Date): Promise<Reply> {
    if (!this.isAvailable || deadline.getTime() <= Date.now()) return SKIPPED;
    return inTime(deadline, this.creations.submit({ order, deadline }).catch(replyFromFailure));
  }

  /** Asks to give an order's units back, and never to hold any for it again. */
  release(order: Creation, deadline: Date): Promise<Reply> {
    return this.unary('releaseReservation', order, deadline, this.customerCalls);
  }

  /** Asks to let an order's held units leave. */
  commit(order: Creation, deadline: Date): Promise<Reply> {
    return this.unary('commitReservation', order, deadline, this.customerCalls);
  }

  /**
   * Makes the call that drives each of these orders on, for the reconciler: none of them goes in the
   * way of a customer's. Gives their replies, in the same order, each as soon as it is there.
   */
  callEach(orders: readonly UnfinishedOrder[], deadline: Date): Promise<Reply>[] {
    const pending = orders.filter(({ status }) => status === 'PENDING');
    const created = this.createInBatches(pending, deadline);
    return orders.map(async (order) => {
      const call = CALL_BY_STATUS[order.status];
      if (call !== 'create')
        return this.unary(METHODS[call], order, deadline, this.reconcilerCalls);
      return (await created)[pending.indexOf(order)] ?? DEADLINE_EXCEEDED;
    });
  }

  private async createInBatches(
    orders: readonly Creation[],
    deadline: Date,
  ): Promise<readonly Reply[]> {
    const replies: Reply[] = [];
    for (let start = 0; start < orders.length; start += LIMITS.maxBatch) {
      const batch = orders.slice(start, start + LIMITS.maxBatch);
      replies.push(...(await this.createBatch(batch, deadline)));
    }
    return replies;
  }

  /** Whoever has waited for longer than it had time for is not asked for any more. */
  private async flushCreations(waiting: readonly WaitingCreation[]): Promise<Reply[]> {
    const now = Date.now();
    const withDeadline = waiting.filter(({ deadline }) => deadline.getTime() > now);
    const last = new Date(Math.max(...withDeadline.map(({ deadline }) => deadline.getTime())));
    const orders = withDeadline.map(({ order }) => order);
    const replies = withDeadline.length > 0 ? await this.createBatch(orders, last) : [];
    const byRequest = new Map(withDeadline.map((one, index) => [one, replies[index]]));
    return waiting.map((one) => byRequest.get(one) ?? DEADLINE_EXCEEDED);
  }

  private async createBatch(
    orders: readonly Creation[],
    deadline: Date,
  ): Promise<readonly Reply[]> {
    const requests = orders.map(({ id, items }) => ({ reservationId: id, lines: [...items] }));
    try {
      const { results } = await this.availability.call(() =>
        firstValueFrom(
          this.service.batchCreateReservations({ requests }, new Metadata(), { deadline }),
        ),
      );
      const isWhole = results.length === orders.length;
      return orders.map(({ id }, index) => {
        const result = results[index];
        // An answer about another order must never be taken for one about this.
        const isOurs = result?.reservation ? result.reservation.reservationId === id : isWhole;
        return result && isOurs
          ? this.logRejection(replyFromBatchResult(result))
          : DEADLINE_EXCEEDED;
      });
    } catch (error) {
      const reply = this.logRejection(replyFromFailure(error));
      return orders.map(() => reply);
    }
  }

  private unary(
    method: 'releaseReservation' | 'commitReservation',
    { id }: Creation,
    deadline: Date,
    lane: BulkheadPolicy,
  ): Promise<Reply> {
    const call = async (): Promise<Reply> => {
      if (deadline.getTime() <= Date.now()) return DEADLINE_EXCEEDED;
      const { reservation } = await this.availability.call(() =>
        firstValueFrom(this.service[method]({ reservationId: id }, new Metadata(), { deadline })),
      );
      return replyFromReservation(reservation);
    };
    const reply = lane
      .execute(call)
      .catch((error: unknown) => this.logRejection(replyFromFailure(error)));
    return inTime(deadline, reply);
  }

  /** A refusal is nothing that should ever happen: versions that do not go together, or a fault. */
  private logRejection(reply: Reply): Reply {
    const nowMs = performance.now();
    if (reply.kind === 'rejected' && nowMs >= this.nextLogAtMs) {
      this.nextLogAtMs = nowMs + LOG_INTERVAL_MS;
      this.logger.error(`Inventory refuses a call: ${reply.reason}`);
    }
    return reply;
  }
}

const METHODS = { release: 'releaseReservation', commit: 'commitReservation' } as const;

/** A call that waits for its turn must not wait for longer than it has time for. */
const inTime = (deadline: Date, reply: Promise<Reply>): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(DEADLINE_EXCEEDED), deadline.getTime() - Date.now());
    reply.then(resolve, reject).finally(() => clearTimeout(timer));
  });
