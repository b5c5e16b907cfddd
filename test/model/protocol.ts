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

/** An order's status, or that no row of it is there. */
export type Status = OrderStatus | 'NONE';

type ByStatus<Value> = Readonly<Partial<Record<Status, Value>>>;

/**
 * The protocol in pieces. Where the application has a piece as code or as a table, it is that one;
 * the others say in a line what a statement of SQL or a service does. A test weakens one piece, and
 * the search has to find out.
 */
export interface Protocol {
  /** Inventory's rule. Its transitions and effects come with it. */
  readonly decide: typeof decide;
  /** How long an order's units are held. Null: until they are committed or released. */
  readonly ttlMs: number | null;
  /** `ReservationRepository.dueOn`: holds to end before a basket is refused for these SKUs. */
  readonly dueOn: (
    reservations: Iterable<Reservation>,
    skus: readonly string[],
    now: Date,
  ) => string[];
  /** `ReservationRepository.deleteTombstones`: whether a row goes when the horizon has moved here. */
  readonly isForgotten: (reservation: Reservation, forgottenBefore: Date) => boolean;
  /** `ReservationRepository.moveHorizon`: the horizon, once tombstones before a time are deleted. */
  readonly horizonAfter: (forgottenBefore: Date, deletedBefore: Date) => Date;
  /** How an order comes into being. */
  readonly place: ByStatus<Status>;
  readonly callByStatus: ByStatus<Call>;
  readonly onReply: ByStatus<Readonly<Partial<Record<ReservationOutcome, Status>>>>;
  readonly onRequest: Readonly<Record<OrderRequest, ByStatus<Status | 'rejected'>>>;
  /** Where a call that got no answer in time leads. Nowhere: it means unknown, never no. */
  readonly noResponse: ByStatus<Status>;
  /** What the reconciler callByStatus on. In any other status, only a request does. */
  readonly reconciles: readonly Status[];
  /** How often it tries before it gives an order up. */
  readonly attemptsMax: number;
  /** `UPDATE … WHERE status = expected`, for a move that an answer or a request led to. */
  readonly mayMove: (current: Status, expected: Status, by: 'answer' | OrderRequest) => boolean;
}

export const QUICKBITE: Protocol = {
  decide,
  ttlMs: null,
  dueOn: (reservations, skus, now) =>
    [...reservations]
      .filter((one) => isDue(one, now) && one.lines.some(({ sku }) => skus.includes(sku)))
      .map(({ id }) => id),
  isForgotten: ({ id, state, lines, createdAt }, forgottenBefore) =>
    state === 'RELEASED' &&
    lines.length === 0 &&
    createdAt < forgottenBefore &&
    (uuidV7Time(id) ?? forgottenBefore) < forgottenBefore,
  horizonAfter: (_, deletedBefore) => deletedBefore,
  place: { NONE: 'PENDING' },
  callByStatus: CALL_BY_STATUS,
  onReply: TRANSITIONS_ON_REPLY,
  onRequest: TRANSITIONS_ON_REQUEST,
  noResponse: {},
  reconciles: ['PENDING', 'CANCELLING', 'FULFILLING'],
  attemptsMax: Infinity,
  mayMove: (current, expected) => current === expected,
};
