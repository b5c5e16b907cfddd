import { decide } from '../../apps/inventory/src/reservation/decide';
import {
  isDue,
  type Reservation,
  uuidV7Time,
} from '../../apps/inventory/src/reservation/reservation';
import {
  type ReservationOutcome,
  TRANSITIONS_ON_REPLY,
  type Call,
  CALL_BY_STATUS,
  type OrderRequest,
  type OrderStatus,
  TRANSITIONS_ON_REQUEST,
} from '../../apps/orders/src/order/lifecycle';

/** The status of an order, or NONE without a row. */
export type Status = OrderStatus | 'NONE';

type ByStatus<Value> = Readonly<Partial<Record<Status, Value>>>;

/**
 * The parts of the protocol. Where the application has a part as code or as a table, it is that one;
 * other parts model an SQL statement or a service in one line. A test weakens one part, and the search
 * must find a violation.
 */
export interface Protocol {
  /** Inventory's rule, with its transitions and effects. */
  readonly decide: typeof decide;
  /** How long an order's units are held. Null: until they are committed or released. */
  readonly ttlMs: number | null;
  /** `ReservationRepository.dueOn`: the holds to expire before a basket with these SKUs is rejected. */
  readonly dueOn: (
    reservations: Iterable<Reservation>,
    skus: readonly string[],
    now: Date,
  ) => string[];
  /** `ReservationRepository.deleteTombstones`: whether a row is deleted at this horizon. */
  readonly isPruned: (reservation: Reservation, forgottenBefore: Date) => boolean;
  /** `ReservationRepository.moveHorizon`: the horizon after tombstones before a time are deleted. */
  readonly horizonAfter: (forgottenBefore: Date, deletedBefore: Date) => Date;
  /** The first status of an order. */
  readonly place: ByStatus<Status>;
  readonly calls: ByStatus<Call>;
  readonly transitionsOnReply: ByStatus<Readonly<Partial<Record<ReservationOutcome, Status>>>>;
  readonly transitionsOnRequest: Readonly<Record<OrderRequest, ByStatus<Status | 'notAllowed'>>>;
  /** The status after a timeout. None: a timeout means unknown, never no. */
  readonly noResponse: ByStatus<Status>;
  /** The statuses that the reconciler advances. In all others only a request does. */
  readonly reconciled: readonly Status[];
  /** The attempts after which it stops. */
  readonly maxAttempts: number;
  /** `UPDATE … WHERE status = expected`, for the transition of an answer or a request. */
  readonly mayTransition: (
    current: Status,
    expected: Status,
    by: 'answer' | OrderRequest,
  ) => boolean;
  /**
   * `AND reductions = expected`, for the answer to a reduction and for the request to reduce, which both
   * know how often the order was reduced when it was read.
   */
  readonly isSameReduction: (
    current: number,
    expected: number,
    by: 'answer' | OrderRequest,
  ) => boolean;
}

export const QUICKBITE: Protocol = {
  decide,
  ttlMs: null,
  dueOn: (reservations, skus, now) =>
    [...reservations]
      .filter((one) => isDue(one, now) && one.lines.some(({ sku }) => skus.includes(sku)))
      .map(({ id }) => id),
  isPruned: ({ id, state, lines, createdAt }, forgottenBefore) =>
    state === 'RELEASED' &&
    lines.length === 0 &&
    createdAt < forgottenBefore &&
    (uuidV7Time(id) ?? forgottenBefore) < forgottenBefore,
  horizonAfter: (_, deletedBefore) => deletedBefore,
  place: { NONE: 'PENDING' },
  calls: CALL_BY_STATUS,
  transitionsOnReply: TRANSITIONS_ON_REPLY,
  transitionsOnRequest: TRANSITIONS_ON_REQUEST,
  noResponse: {},
  reconciled: ['PENDING', 'REDUCING', 'CANCELLING', 'FULFILLING'],
  maxAttempts: Infinity,
  mayTransition: (current, expected) => current === expected,
  isSameReduction: (current, expected) => current === expected,
};
