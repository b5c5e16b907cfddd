import type { Reason } from '@app/errors';

/**
 * Every status of an order. `PENDING`: Inventory has not decided. `CONFIRMED`: Inventory holds its
 * units. `CANCELLING`: the order is being cancelled, and Inventory may still hold its units.
 * `FULFILLING`: its units may leave the stock, or have left it. `CANCELLED` and `FULFILLED` are final.
 */
export const ORDER_STATUSES = [
  'PENDING',
  'CONFIRMED',
  'CANCELLING',
  'CANCELLED',
  'FULFILLING',
  'FULFILLED',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Whether the status is final: nothing happens to the order after it. */
export const isFinal = (status: OrderStatus): boolean =>
  status === 'CANCELLED' || status === 'FULFILLED';

/** What Orders can ask of Inventory, by the order's id. */
export type Call = 'create' | 'release' | 'commit';

/**
 * The one call that drives an order on from each unfinished status. The request that led there makes
 * it first; the reconciler makes it again until there is an answer. All three are idempotent, so it does
 * not matter how many make it, or how late it arrives.
 */
export const CALL_BY_STATUS = {
  PENDING: 'create',
  CANCELLING: 'release',
  FULFILLING: 'commit',
} as const satisfies Partial<Record<OrderStatus, Call>>;

export type UnfinishedStatus = keyof typeof CALL_BY_STATUS;

export const UNFINISHED_STATUSES = Object.keys(CALL_BY_STATUS) as readonly UnfinishedStatus[];

/**
 * What Inventory can say: the state of the reservation (also where it refuses a call for that state),
 * or the reason of its error. Anything else, a timeout above all, is no answer and moves nothing.
 */
export type ReservationOutcome =
  | 'HELD'
  | 'REJECTED'
  | 'COMMITTED'
  | 'RELEASED'
  | 'EXPIRED'
  | Extract<
      Reason,
      | 'RESERVATION_MISMATCH'
      | 'RESERVATION_ID_TOO_OLD'
      | 'RESERVATION_NOT_FOUND'
      | 'INSUFFICIENT_STOCK'
    >;

/** Where an order can be led: it begins PENDING, and never comes back to that. */
export type TargetStatus = Exclude<OrderStatus, 'PENDING'>;

type ReplyTransitions = Partial<Record<ReservationOutcome, TargetStatus>>;

/**
 * Where each answer leads from the status whose call it answers: every answer that the call can get.
 * The move is made only if the order still has that status; an answer that comes later is dropped.
 */
export const TRANSITIONS_ON_REPLY = {
  /** CANCELLED only on what can never become HELD for this order. */
  PENDING: {
    HELD: 'CONFIRMED',
    /** Committed by hand in Inventory: the units are the order's, and fulfilling it finds that out. */
    COMMITTED: 'CONFIRMED',
    REJECTED: 'CANCELLED',
    RELEASED: 'CANCELLED',
    EXPIRED: 'CANCELLED',
    /** The id stands for other lines, and recorded lines never change. What they hold is not ours. */
    RESERVATION_MISMATCH: 'CANCELLED',
    /** Nothing is recorded, and the time from which ids are refused only ever moves on. */
    RESERVATION_ID_TOO_OLD: 'CANCELLED',
  },
  CANCELLING: {
    RELEASED: 'CANCELLED',
    REJECTED: 'CANCELLED',
    EXPIRED: 'CANCELLED',
    /** Committed by hand in Inventory: the units have left, and CANCELLED would be a lie. */
    COMMITTED: 'FULFILLED',
  },
  FULFILLING: {
    COMMITTED: 'FULFILLED',
    /** Given up by hand in Inventory: there is nothing left to fulfill it with. */
    RELEASED: 'CANCELLED',
    REJECTED: 'CANCELLED',
    EXPIRED: 'CANCELLED',
    /** An adjustment said that its units are missing. A delivery, or a release by hand, ends it. */
    INSUFFICIENT_STOCK: 'FULFILLING',
    /** It was HELD once, so Inventory has lost data: for a person to look at, not to guess about. */
    RESERVATION_NOT_FOUND: 'FULFILLING',
  },
} as const satisfies Record<UnfinishedStatus, ReplyTransitions>;

/** What can be asked for an order, by its customer or by the clock. */
export type OrderRequest = 'cancel' | 'fulfill' | 'acceptBy';

type RequestTransitions = Readonly<Record<OrderStatus, TargetStatus | 'rejected'>>;

/**
 * Where each request leads from each status; to the same status where there is nothing left to do.
 * These moves are guarded by the status, too, so of a cancel and a fulfill that meet only one is made.
 */
export const TRANSITIONS_ON_REQUEST = {
  cancel: {
    PENDING: 'CANCELLING',
    CONFIRMED: 'CANCELLING',
    CANCELLING: 'CANCELLING',
    CANCELLED: 'CANCELLED',
    FULFILLING: 'rejected',
    FULFILLED: 'rejected',
  },
  fulfill: {
    PENDING: 'rejected',
    CONFIRMED: 'FULFILLING',
    CANCELLING: 'rejected',
    CANCELLED: 'rejected',
    FULFILLING: 'FULFILLING',
    FULFILLED: 'FULFILLED',
  },
  /** It took too long to decide. CANCELLING, not CANCELLED: a create may still be on its way. */
  acceptBy: {
    PENDING: 'CANCELLING',
    CONFIRMED: 'CONFIRMED',
    CANCELLING: 'CANCELLING',
    CANCELLED: 'CANCELLED',
    FULFILLING: 'FULFILLING',
    FULFILLED: 'FULFILLED',
  },
} as const satisfies Record<OrderRequest, RequestTransitions>;

/** What can still be asked for an order in this status, and would change it. */
export const allowedRequests = (status: OrderStatus): readonly ('cancel' | 'fulfill')[] =>
  (['cancel', 'fulfill'] as const).filter((request) => {
    const to: string = TRANSITIONS_ON_REQUEST[request][status];
    return to !== 'rejected' && to !== status;
  });
