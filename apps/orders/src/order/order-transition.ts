import type { ShortageDto } from '@app/contracts';
import {
  CALL_BY_STATUS,
  type OrderStatus,
  type ReservationOutcome,
  type TargetStatus,
  TRANSITIONS_ON_REPLY,
} from './lifecycle';
import type { CancelReason, Order, UnfinishedOrder } from './order';
import type { Actor, OrderEventName } from './order-event';
import type { Reply } from './reply';

/**
 * What a transition does to `parkedAt`. `keep`: a parked order stays parked, and another one becomes
 * due. `park`: the order is parked, since now unless it was parked before. `unpark`: it is not parked.
 */
export type Parking = 'keep' | 'park' | 'unpark';

/**
 * One change of an order, with its event in the timeline. It is written as a whole or not at all, and
 * only if the order still has the status `from`.
 */
export interface OrderTransition {
  readonly id: string;
  readonly from: OrderStatus;
  readonly to: OrderStatus;
  readonly event: OrderEventName;
  readonly actor: Actor;
  /** The cancel reason, the reason of an error, or the outcome that Inventory reported. */
  readonly reason: string | null;
  readonly cancelReason: CancelReason | null;
  readonly shortages?: readonly ShortageDto[];
  /** When the reconciler may advance the order. Null for a finished or CONFIRMED order, and to park it. */
  readonly dueInMs: number | null;
  readonly parking: Parking;
  /** Attempts at the call of status `to`, and how many of them Inventory rejected. */
  readonly attempts: number;
  readonly refusals: number;
  /**
   * The reduction that the transition is about: it is written only if the order has been reduced so often.
   * A late reply to an earlier reduction must not end a later one. Absent: any.
   */
  readonly reduction?: number;
  /** If a call led to the transition: the number of the attempt, and its duration. */
  readonly attempt?: number;
  readonly durationMs?: number;
}

/** Who made a call to Inventory, and how long it took. */
export interface Attempt {
  readonly actor: Actor;
  readonly durationMs: number;
}

export interface TransitionSettings {
  /** How often Inventory may reject an order's call before the order is parked. */
  readonly parkAfterRefusals: number;
  /** How long the reconciler leaves an order to the request that has just moved it. */
  readonly graceMs: number;
}

/** For a transition to another call, or to none. */
const COUNTERS_RESET = { attempts: 0, refusals: 0 } as const;

const isCancel = (status: OrderStatus): boolean =>
  status === 'CANCELLING' || status === 'CANCELLED';

/** The reduction that a call for this order is about. */
const ofReduction = ({ status, reductions }: UnfinishedOrder) =>
  status === 'REDUCING' ? { reduction: reductions } : {};

/** Why an actor cancels an order. The service itself does so only when a time has passed. */
const requestedCancelReason = (status: OrderStatus, actor: Actor): CancelReason => {
  if (actor !== 'SYSTEM') return 'REQUESTED';
  return status === 'CONFIRMED' ? 'EXPIRED' : 'ACCEPT_BY_PASSED';
};

/** The cancel reason of an order that a reply of Inventory cancels. */
const CANCEL_REASON_BY_OUTCOME: Partial<Record<ReservationOutcome, CancelReason>> = {
  REJECTED: 'INSUFFICIENT_STOCK',
  RELEASED: 'RESERVATION_RELEASED',
  EXPIRED: 'RESERVATION_RELEASED',
  RESERVATION_ID_TOO_OLD: 'RESERVATION_RELEASED',
  RESERVATION_MISMATCH: 'RESERVATION_MISMATCH',
};

/** Returns the transition for a request, or for a time that has passed. */
export const requestedTransition = (
  { id, status }: Pick<Order, 'id' | 'status'>,
  to: TargetStatus,
  actor: Actor,
  { graceMs }: TransitionSettings,
): OrderTransition => {
  const cancelReason = isCancel(to) ? requestedCancelReason(status, actor) : null;
  return {
    id,
    from: status,
    to,
    event: to,
    actor,
    cancelReason,
    reason: cancelReason,
    dueInMs: graceMs,
    parking: 'unpark',
    ...COUNTERS_RESET,
  };
};

/** Returns the transition for a retry: the order keeps its status and is no longer parked. */
export const retryTransition = (
  { id, status, cancelReason }: UnfinishedOrder,
  actor: Actor,
  { graceMs }: TransitionSettings,
): OrderTransition => ({
  id,
  from: status,
  to: status,
  event: 'RETRIED',
  actor,
  cancelReason,
  reason: null,
  dueInMs: graceMs,
  parking: 'unpark',
  ...COUNTERS_RESET,
});

/** Returns the transition that a reply leads to. Undefined if no call was made. */
export const transitionFor = (
  order: UnfinishedOrder,
  reply: Reply,
  attempt: Attempt,
  settings: TransitionSettings,
): OrderTransition | undefined => {
  switch (reply.kind) {
    case 'skipped':
      return undefined;
    case 'noResponse':
      return failedAttempt(order, 'NO_ANSWER', reply.reason, attempt);
    case 'rejected':
      return rejectedAttempt(order, reply.reason, attempt, settings);
    case 'decided': {
      const transitions: Partial<Record<ReservationOutcome, TargetStatus>> =
        TRANSITIONS_ON_REPLY[order.status];
      const to = transitions[reply.outcome];
      return to === undefined || to === order.status
        ? rejectedAttempt(order, reply.outcome, attempt, settings)
        : decidedTransition(order, to, reply, attempt, settings);
    }
  }
};

const decidedTransition = (
  order: UnfinishedOrder,
  to: TargetStatus,
  { outcome, shortages }: Extract<Reply, { kind: 'decided' }>,
  { actor, durationMs }: Attempt,
  { graceMs }: TransitionSettings,
): OrderTransition => {
  const { id, status, attempts, cancelReason: previousReason } = order;
  const cancelReason = isCancel(to)
    ? (previousReason ?? CANCEL_REASON_BY_OUTCOME[outcome] ?? null)
    : null;
  return {
    id,
    from: status,
    to,
    event: to,
    actor,
    cancelReason,
    reason: cancelReason ?? outcome,
    ...(cancelReason === 'INSUFFICIENT_STOCK' && { shortages }),
    dueInMs: to in CALL_BY_STATUS ? graceMs : null,
    parking: 'unpark',
    ...COUNTERS_RESET,
    ...ofReduction(order),
    attempt: attempts + 1,
    durationMs,
  };
};

/** An attempt without a decision: the order keeps its status and is due again after a backoff. */
const failedAttempt = (
  order: UnfinishedOrder,
  event: 'NO_ANSWER' | 'REFUSED',
  reason: string,
  { actor, durationMs }: Attempt,
): OrderTransition => {
  const { id, status, cancelReason, attempts, refusals } = order;
  return {
    id,
    from: status,
    to: status,
    event,
    actor,
    cancelReason,
    reason,
    dueInMs: withJitter(retryDelayMs(attempts)),
    parking: 'keep',
    attempts: attempts + 1,
    refusals,
    ...ofReduction(order),
    attempt: attempts + 1,
    durationMs,
  };
};

/** An attempt that Inventory rejected. After `parkAfterRefusals` of them the order is parked. */
const rejectedAttempt = (
  order: UnfinishedOrder,
  reason: string,
  attempt: Attempt,
  { parkAfterRefusals }: TransitionSettings,
): OrderTransition => {
  const refusals = order.refusals + 1;
  const transition = { ...failedAttempt(order, 'REFUSED', reason, attempt), refusals };
  return refusals < parkAfterRefusals
    ? transition
    : { ...transition, event: 'PARKED', dueInMs: null, parking: 'park' };
};

/** Returns the order after a transition that was written at `at`. */
export const applyTransition = (order: Order, transition: OrderTransition, at: Date): Order => ({
  id: order.id,
  userId: order.userId,
  note: order.note,
  externalId: order.externalId,
  metadata: order.metadata,
  idempotencyKey: order.idempotencyKey,
  items: order.items,
  originalItems: order.originalItems,
  reductions: order.reductions,
  createdAt: order.createdAt,
  status: transition.to,
  cancelReason: transition.cancelReason,
  shortages: transition.shortages ?? [],
  attempts: transition.attempts,
  refusals: transition.refusals,
  parkedAt: PARKED_AT[transition.parking](order.parkedAt, at),
  updatedAt: at,
});

const PARKED_AT: Readonly<Record<Parking, (before: Date | null, at: Date) => Date | null>> = {
  keep: (before) => before,
  park: (before, at) => before ?? at,
  unpark: () => null,
};

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

/** Returns the backoff after so many attempts without a decision: 100 ms, doubling up to 10 s. */
export const retryDelayMs = (attemptsBefore: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** Math.min(attemptsBefore, 10), LAST_RETRY_MS);

/** 50 to 100 % of the delay, so that orders that failed together are not retried together. */
const withJitter = (delayMs: number): number => Math.round(delayMs * (0.5 + Math.random() / 2));
