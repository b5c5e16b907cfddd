import { Metadata } from '@grpc/grpc-js';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ClientGrpc } from '@nestjs/microservices';
import { bulkhead, type BulkheadPolicy } from 'cockatiel';
import { firstValueFrom } from 'rxjs';
import { GroupCommit, OVERLAP } from '@app/batching';
import { type GrpcClient, INVENTORY_SERVICE, type InventoryService, LIMITS } from '@app/contracts';
import { currentRequestId, currentSubject } from '@app/runtime';
import { CALL_BY_STATUS } from './lifecycle';
import type { Order, UnfinishedOrder } from './order';
import { type Reply, SKIPPED } from './reply';
import { metadataOf } from '../inventory/call-metadata';
import { INVENTORY_GRPC, InventoryAvailability } from '../inventory/inventory-availability';
import {
  replyFromBatchResult,
  replyFromFailure,
  replyFromReduction,
  replyFromReservation,
} from './reply-mapping';

interface Creation extends Pick<Order, 'id' | 'items'> {
  /** Absent for the reconciler, which calls for no request. */
  readonly requestId?: string | undefined;
  /** Who has placed the order; absent if that is not known. */
  readonly actingSubject?: string | undefined;
}

interface WaitingCreation extends Creation {
  readonly deadline: Date;
}

/** For the calls of customers, and for those of the reconciler. */
const MAX_CONCURRENT_CALLS = 64;
const MAX_QUEUED_CALLS = 1_024;

/** At most one line per interval; the orders' timelines have the rest. */
const LOG_INTERVAL_MS = 1_000;

const DEADLINE_EXCEEDED: Reply = { kind: 'noResponse', reason: 'DEADLINE_EXCEEDED' };

/**
 * Makes Orders' calls to Inventory's reservations. No method throws, and none takes longer than its
 * deadline. A failure means that the outcome is unknown, never that there is no reservation.
 */
@Injectable()
export class ReservationClient {
  private readonly logger = new Logger(ReservationClient.name);
  private readonly service: GrpcClient<InventoryService>;
  private nextLogAtMs = 0;
  private readonly customerCalls = bulkhead(MAX_CONCURRENT_CALLS, MAX_QUEUED_CALLS);
  private readonly reconcilerCalls = bulkhead(MAX_CONCURRENT_CALLS, MAX_QUEUED_CALLS);
  /** Orders that arrive during a call go together in the next one. */
  private readonly creations = new GroupCommit<WaitingCreation, Reply>(
    (waiting) => this.flushCreations(waiting),
    {
      what: 'orders',
      maxGroupSize: LIMITS.maxBatch,
      maxQueued: 4_096,
      // The deadline of each call is shorter.
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

  /** False while every call would be skipped. */
  get canCall(): boolean {
    return !this.availability.isUnavailable;
  }

  /** Reserves an order's items, in one call with other orders that arrive at the same time. */
  async create({ id, items }: Creation, deadline: Date): Promise<Reply> {
    if (!this.canCall || deadline.getTime() <= Date.now()) return SKIPPED;
    return withDeadline(
      deadline,
      this.creations
        .submit({
          ...{ id, items, deadline },
          requestId: currentRequestId(),
          actingSubject: currentSubject(),
        })
        .catch(replyFromFailure),
    );
  }

  /** Releases an order's units. Inventory never holds any for this order again. */
  release(order: Creation, deadline: Date): Promise<Reply> {
    return this.unary('releaseReservation', order, deadline, this.customerCalls);
  }

  /** Returns the held units that the order no longer has to the stock. */
  reduce(order: Creation, deadline: Date): Promise<Reply> {
    return this.unary('reduceReservation', order, deadline, this.customerCalls);
  }

  /** Takes an order's held units out of the stock. */
  commit(order: Creation, deadline: Date): Promise<Reply> {
    return this.unary('commitReservation', order, deadline, this.customerCalls);
  }

  /**
   * Makes the call of each order for the reconciler, under separate limits from customers' calls. Returns
   * the replies in the same order. Each resolves as soon as it arrives.
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

  /** Makes one call for all waiting orders whose deadline has not passed. */
  private async flushCreations(waiting: readonly WaitingCreation[]): Promise<Reply[]> {
    const now = Date.now();
    const open = waiting.filter(({ deadline }) => deadline.getTime() > now);
    const last = new Date(Math.max(...open.map(({ deadline }) => deadline.getTime())));
    const replies = open.length > 0 ? await this.createBatch(open, last) : [];
    const byCreation = new Map(open.map((one, index) => [one, replies[index]]));
    return waiting.map((one) => byCreation.get(one) ?? DEADLINE_EXCEEDED);
  }

  private async createBatch(
    orders: readonly Creation[],
    deadline: Date,
  ): Promise<readonly Reply[]> {
    const requests = orders.map(({ id, items, requestId, actingSubject }) => ({
      reservationId: id,
      lines: [...items],
      requestId,
      actingSubject,
    }));
    try {
      const { results } = await this.availability.call(() =>
        firstValueFrom(
          this.service.batchCreateReservations({ requests }, new Metadata(), { deadline }),
        ),
      );
      const isComplete = results.length === orders.length;
      return orders.map(({ id, requestId }, index) => {
        const result = results[index];
        // The result of another order must never be taken for the result of this one. An error has no id, so
        // its position counts only in a complete response.
        const isOwn = result?.reservation ? result.reservation.reservationId === id : isComplete;
        return result && isOwn
          ? this.logRejection(replyFromBatchResult(result), requestId)
          : DEADLINE_EXCEEDED;
      });
    } catch (error) {
      const reply = this.logRejection(replyFromFailure(error));
      return orders.map(() => reply);
    }
  }

  private unary(
    method: (typeof METHODS)[keyof typeof METHODS],
    order: Creation,
    deadline: Date,
    lane: BulkheadPolicy,
  ): Promise<Reply> {
    // A call that was queued begins in the context of the one that it waited for.
    const [requestId, subject] = [currentRequestId(), currentSubject()];
    const call = async (): Promise<Reply> => {
      if (deadline.getTime() <= Date.now()) return DEADLINE_EXCEEDED;
      const isReduction = method === 'reduceReservation';
      const request = {
        reservationId: order.id,
        lines: isReduction ? [...order.items] : [],
      };
      const { reservation } = await this.availability.call(() =>
        firstValueFrom(this.service[method](request, metadataOf(requestId, subject), { deadline })),
      );
      return isReduction
        ? replyFromReduction(order.items, reservation)
        : replyFromReservation(reservation);
    };
    const reply = lane
      .execute(call)
      .catch((error: unknown) => this.logRejection(replyFromFailure(error)));
    return withDeadline(deadline, reply);
  }

  /** A rejection is unexpected: the versions of the services are incompatible, or one has a fault. */
  private logRejection(reply: Reply, requestId = currentRequestId()): Reply {
    const nowMs = performance.now();
    if (reply.kind === 'rejected' && nowMs >= this.nextLogAtMs) {
      this.nextLogAtMs = nowMs + LOG_INTERVAL_MS;
      this.logger.error({ requestId }, `Inventory rejected a call: ${reply.reason}`);
    }
    return reply;
  }
}

const METHODS = {
  reduce: 'reduceReservation',
  release: 'releaseReservation',
  commit: 'commitReservation',
} as const;

/** Ends the wait for a reply at the deadline, also while its call is queued. */
const withDeadline = (deadline: Date, reply: Promise<Reply>): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(DEADLINE_EXCEEDED), deadline.getTime() - Date.now());
    reply.then(resolve, reject).finally(() => clearTimeout(timer));
  });
