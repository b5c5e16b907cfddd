import type { Reason } from '@app/errors';

/**
 * Every status of an order. `PENDING`: Inventory has not decided. `CONFIRMED`: Inventory holds its
 * units. `REDUCING`: it keeps fewer units, and Inventory may still hold those before. `CANCELLING`: the
 * order is being cancelled, and Inventory may still hold its units.
 * `FULFILLING`: its units may leave the stock, or have left it. `CANCELLED` and `FULFILLED` are final.
 */
export const ORDER_STATUSES = [
  'PENDING',
  'CONFIRMED',
  'REDUCING',
  'CANCELLING',
  'CANCELLED',
  'FULFILLING',
  'FULFILLED',
] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** Whether the status is final: nothing happens to the order after it. */
export const isFinal = (status: OrderStatus): boolean =>
  status === 'CANCELLED' || status === 'FULFILLED';

/** The calls that Orders makes to Inventory, by the order's id. */
export type Call = 'create' | 'reduce' | 'release' | 'commit';

/**
 * The call that advances an order from each unfinished status. The request that led to the status makes
 * it first, and the reconciler repeats it until there is a decision. All calls are idempotent, so it does not matter how often one is made, or how late it arrives.
 */
export const CALL_BY_STATUS = {
  PENDING: 'create',
  REDUCING: 'reduce',
  CANCELLING: 'release',
  FULFILLING: 'commit',
} as const satisfies Partial<Record<OrderStatus, Call>>;

export type UnfinishedStatus = keyof typeof CALL_BY_STATUS;

export const UNFINISHED_STATUSES = Object.keys(CALL_BY_STATUS) as readonly UnfinishedStatus[];

/**
 * What a reply of Inventory says about the reservation: its state (also if Inventory rejects the call
 * because of that state), or the reason of an error. Any other result, such as a timeout, decides
 * nothing.
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

/** The statuses that a transition can lead to: an order is PENDING only at first. */
export type TargetStatus = Exclude<OrderStatus, 'PENDING'>;

type ReplyTransitions = Partial<Record<ReservationOutcome, TargetStatus>>;

/**
 * The status that each outcome of a call leads to, for every outcome that the call can have. The
 * transition is written only if the order still has the status that the call was made for, and, if that
 * is REDUCING, only if it is the same reduction.
 */
export const TRANSITIONS_ON_REPLY = {
  /** CANCELLED only on outcomes after which the reservation can never become HELD for this order. */
  PENDING: {
    HELD: 'CONFIRMED',
    /** Committed by hand in Inventory: the units are the order's, and a fulfill finds them committed. */
    COMMITTED: 'CONFIRMED',
    REJECTED: 'CANCELLED',
    RELEASED: 'CANCELLED',
    EXPIRED: 'CANCELLED',
    /** The id belongs to a reservation with other lines, which never change. */
    RESERVATION_MISMATCH: 'CANCELLED',
    /** Inventory has no record, and rejects an id of this age for good. */
    RESERVATION_ID_TOO_OLD: 'CANCELLED',
  },
  REDUCING: {
    HELD: 'CONFIRMED',
    /** Committed by hand in Inventory: the units have left, perhaps those before the reduction. */
    COMMITTED: 'FULFILLED',
    /** Released by hand in Inventory: there are no units left. */
    RELEASED: 'CANCELLED',
    REJECTED: 'CANCELLED',
    EXPIRED: 'CANCELLED',
    /** Counts as a rejection. The reservation was HELD once, so Inventory has lost data. */
    RESERVATION_NOT_FOUND: 'REDUCING',
  },
  CANCELLING: {
    RELEASED: 'CANCELLED',
    REJECTED: 'CANCELLED',
    EXPIRED: 'CANCELLED',
    /** Committed by hand in Inventory: the units have left, so CANCELLED would be false. */
    COMMITTED: 'FULFILLED',
  },
  FULFILLING: {
    COMMITTED: 'FULFILLED',
    /** Released by hand in Inventory: there are no units left to fulfill the order with. */
    RELEASED: 'CANCELLED',
    REJECTED: 'CANCELLED',
    EXPIRED: 'CANCELLED',
    /**
     * The same status counts as a rejection: after `parkAfterRefusals` of them the order is parked. An
     * adjustment recorded that units are missing; a delivery or a release by an operator ends this.
     */
    INSUFFICIENT_STOCK: 'FULFILLING',
    /** Counts as a rejection, too. The reservation was HELD once, so Inventory has lost data. */
    RESERVATION_NOT_FOUND: 'FULFILLING',
  },
} as const satisfies Record<UnfinishedStatus, ReplyTransitions>;

/** The requests of a customer that change an order's status. `reduce` names the units to keep. */
export const CUSTOMER_REQUESTS = ['cancel', 'fulfill', 'reduce'] as const;
export type CustomerRequest = (typeof CUSTOMER_REQUESTS)[number];

/** Those, and the times that the reconciler watches: accept-by of PENDING and expiry of CONFIRMED orders. */
export type OrderRequest = CustomerRequest | 'acceptBy' | 'expire';

type RequestTransitions = Readonly<Record<OrderStatus, TargetStatus | 'notAllowed'>>;

/**
 * The status that each request leads to; the same status if there is nothing left to do. The write is
 * guarded by the status, so of a cancel and a fulfill that race only one succeeds.
 */
export const TRANSITIONS_ON_REQUEST = {
  cancel: {
    PENDING: 'CANCELLING',
    CONFIRMED: 'CANCELLING',
    REDUCING: 'CANCELLING',
    CANCELLING: 'CANCELLING',
    CANCELLED: 'CANCELLED',
    FULFILLING: 'notAllowed',
    FULFILLED: 'notAllowed',
  },
  fulfill: {
    PENDING: 'notAllowed',
    CONFIRMED: 'FULFILLING',
    /** Too early: a commit could take the units before the reduction. */
    REDUCING: 'notAllowed',
    CANCELLING: 'notAllowed',
    CANCELLED: 'notAllowed',
    FULFILLING: 'FULFILLING',
    FULFILLED: 'FULFILLED',
  },
  reduce: {
    PENDING: 'notAllowed',
    CONFIRMED: 'REDUCING',
    REDUCING: 'REDUCING',
    CANCELLING: 'notAllowed',
    CANCELLED: 'notAllowed',
    FULFILLING: 'notAllowed',
    FULFILLED: 'notAllowed',
  },
  /** CANCELLING, not CANCELLED: a create may still be under way. */
  acceptBy: {
    PENDING: 'CANCELLING',
    CONFIRMED: 'CONFIRMED',
    REDUCING: 'REDUCING',
    CANCELLING: 'CANCELLING',
    CANCELLED: 'CANCELLED',
    FULFILLING: 'FULFILLING',
    FULFILLED: 'FULFILLED',
  },
  expire: {
    PENDING: 'notAllowed',
    CONFIRMED: 'CANCELLING',
    REDUCING: 'REDUCING',
    CANCELLING: 'CANCELLING',
    CANCELLED: 'CANCELLED',
    FULFILLING: 'FULFILLING',
    FULFILLED: 'FULFILLED',
  },
} as const satisfies Record<OrderRequest, RequestTransitions>;

/** Returns the customer's requests that would change an order in this status. */
export const allowedRequests = (status: OrderStatus): readonly CustomerRequest[] =>
  CUSTOMER_REQUESTS.filter((request) => {
    const to: string = TRANSITIONS_ON_REQUEST[request][status];
    return to !== 'notAllowed' && to !== status;
  });
