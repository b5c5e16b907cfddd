import {
  type ReservationOutcome,
  TRANSITIONS_ON_REPLY,
  type TargetStatus,
  CALL_BY_STATUS,
  type OrderStatus,
} from './lifecycle';
import type { CancelReason, Order, Shortage, UnfinishedOrder } from './order';
import type { Actor, OrderEventName } from './order-event';
import type { Reply } from './reply';

/**
 * One transition in the life of an order, written as a whole or not at all, and only if the order still has
 * the status that it starts from.
 */
export interface OrderTransition {
  readonly id: string;
  readonly from: OrderStatus;
  readonly to: OrderStatus;
  readonly event: OrderEventName;
  readonly actor: Actor;
  /** Why it was done: a cancel reason, the reason of an error, or what Inventory answered. */
  readonly reason: string | null;
  readonly cancelReason: CancelReason | null;
  readonly shortages?: readonly Shortage[];
  /** When the reconciler may drive it on from here. Null: never, for it is finished or parked. */
  readonly dueInMs: number | null;
  /** How often the call of `to` has been made without an end, and how often it was refused. */
  readonly attempts: number;
  readonly refusals: number;
  /** Where a call led to the transition: which attempt at it that was, and how long it took. */
  readonly attempt?: number;
  readonly durationMs?: number;
}

/** How a call was made. */
export interface Attempt {
  readonly actor: Actor;
  readonly durationMs: number;
}

export interface TransitionSettings {
  /** How often Inventory may refuse an order's call before the order is parked. */
  readonly parkAfterRefusals: number;
  /** How long the reconciler leaves an order to the request that just moved it. */
  readonly graceMs: number;
}

/** Another call is to be made from here on, if any, so what is counted begins anew. */
const COUNTERS_RESET = { attempts: 0, refusals: 0 } as const;

const isCancel = (status: OrderStatus): boolean =>
  status === 'CANCELLING' || status === 'CANCELLED';

/** Why whoever gives an order up does so. The reconciler does it by the clock alone. */
const CANCEL_REASON_BY_ACTOR = {
  CUSTOMER: 'REQUESTED',
  SETTLER: 'ACCEPT_BY_PASSED',
} as const satisfies Record<Actor, CancelReason>;

/** What each answer of Inventory's cancels an order for. */
const CANCEL_REASON_BY_OUTCOME: Partial<Record<ReservationOutcome, CancelReason>> = {
  REJECTED: 'INSUFFICIENT_STOCK',
  RELEASED: 'RESERVATION_RELEASED',
  EXPIRED: 'RESERVATION_RELEASED',
  RESERVATION_ID_TOO_OLD: 'RESERVATION_RELEASED',
  RESERVATION_MISMATCH: 'RESERVATION_MISMATCH',
};

/** The transition of an order that is asked to be something else: by its customer, or by the clock. */
export const requestedTransition = (
  { id, status }: Pick<Order, 'id' | 'status'>,
  to: TargetStatus,
  actor: Actor,
  { graceMs }: TransitionSettings,
): OrderTransition => {
  const cancelReason = isCancel(to) ? CANCEL_REASON_BY_ACTOR[actor] : null;
  const fields = { actor, cancelReason, reason: cancelReason };
  return { id, from: status, to, event: to, ...fields, dueInMs: graceMs, ...COUNTERS_RESET };
};

/** The transition that takes up an order again which is parked, or waits for its next attempt. */
export const retryTransition = (
  { id, status, cancelReason }: UnfinishedOrder,
  { graceMs }: TransitionSettings,
): OrderTransition => {
  const fields = { actor: 'CUSTOMER', cancelReason, reason: null } as const;
  return {
    id,
    from: status,
    to: status,
    event: 'RETRIED',
    ...fields,
    dueInMs: graceMs,
    ...COUNTERS_RESET,
  };
};

/** The transition that a reply leads to. Undefined: nothing was asked, so nothing happened. */
export const transitionFor = (
  order: UnfinishedOrder,
  reply: Reply,
  made: Attempt,
  settings: TransitionSettings,
): OrderTransition | undefined => {
  switch (reply.kind) {
    case 'skipped':
      return undefined;
    case 'noResponse':
      return stay(order, 'NO_ANSWER', reply.reason, made);
    case 'rejected':
      return refused(order, reply.reason, made, settings);
    case 'decided': {
      const answers: Partial<Record<ReservationOutcome, TargetStatus>> =
        TRANSITIONS_ON_REPLY[order.status];
      const to = answers[reply.outcome];
      return to === undefined || to === order.status
        ? refused(order, reply.outcome, made, settings)
        : answered(order, to, reply, made, settings);
    }
  }
};

const answered = (
  { id, status, attempts, cancelReason: givenUpFor }: UnfinishedOrder,
  to: TargetStatus,
  { outcome, shortages }: Extract<Reply, { kind: 'decided' }>,
  made: Attempt,
  { graceMs }: TransitionSettings,
): OrderTransition => {
  const cancelReason = isCancel(to)
    ? (givenUpFor ?? CANCEL_REASON_BY_OUTCOME[outcome] ?? null)
    : null;
  return {
    id,
    from: status,
    to,
    event: to,
    cancelReason,
    reason: cancelReason ?? outcome,
    ...(cancelReason === 'INSUFFICIENT_STOCK' && { shortages }),
    dueInMs: to in CALL_BY_STATUS ? graceMs : null,
    ...COUNTERS_RESET,
    attempt: attempts + 1,
    ...made,
  };
};

/** An attempt that led nowhere: the order stays as it is, and is due again some time later. */
const stay = (
  { id, status, cancelReason, attempts, refusals }: UnfinishedOrder,
  event: 'NO_ANSWER' | 'REFUSED',
  reason: string,
  made: Attempt,
): OrderTransition => ({
  id,
  from: status,
  to: status,
  event,
  cancelReason,
  reason,
  dueInMs: withJitter(retryDelayMs(attempts)),
  attempts: attempts + 1,
  refusals,
  attempt: attempts + 1,
  ...made,
});

const refused = (
  order: UnfinishedOrder,
  reason: string,
  made: Attempt,
  { parkAfterRefusals }: TransitionSettings,
): OrderTransition => {
  const refusals = order.refusals + 1;
  const transition = { ...stay(order, 'REFUSED', reason, made), refusals };
  return refusals < parkAfterRefusals
    ? transition
    : { ...transition, event: 'PARKED', dueInMs: null };
};

/** An order as a transition leaves it. */
export const applyTransition = (
  { id, userId, note, idempotencyKey, items, createdAt, parkedAt }: Order,
  transition: OrderTransition,
  at: Date,
): Order => ({
  id,
  userId,
  note,
  idempotencyKey,
  items,
  createdAt,
  status: transition.to,
  cancelReason: transition.cancelReason,
  shortages: transition.shortages ?? [],
  attempts: transition.attempts,
  refusals: transition.refusals,
  parkedAt: parkedAfter(parkedAt, transition, at),
  updatedAt: at,
});

/** An attempt that leads nowhere takes up no parked order again, as the repository has it in SQL. */
const parkedAfter = (parkedAt: Date | null, { event }: OrderTransition, at: Date): Date | null => {
  if (event === 'PARKED') return parkedAt ?? at;
  return event === 'NO_ANSWER' || event === 'REFUSED' ? parkedAt : null;
};

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 10_000;

/** How long to wait after an attempt that ended nothing: 100 ms, doubling up to 10 s. */
export const retryDelayMs = (attemptsBefore: number): number =>
  Math.min(FIRST_RETRY_MS * 2 ** Math.min(attemptsBefore, 10), LAST_RETRY_MS);

/** Half to all of it, so that orders which failed together do not come back together. */
const withJitter = (delayMs: number): number => Math.round(delayMs * (0.5 + Math.random() / 2));
