import type { Difference } from './check';
import type { OrderRecord, Pair, ReservationRecord } from './pair-reader';

/** A rule for an order and the reservation with the same id. */
export interface PairRule {
  /** Begins every line about the rule. */
  readonly name: string;
  /** The rule, as one sentence. It explains every difference that it finds. */
  readonly rule: string;
  /** Whether the rule is about a pair. */
  readonly appliesTo: (pair: Pair, context: PairContext) => boolean;
  /** Returns what the rule expects of a pair that violates it. Undefined: the pair satisfies it. */
  readonly unmetExpectation: (pair: Pair, context: PairContext) => string | undefined;
}

/** What a rule knows beside the pair. */
export interface PairContext {
  /** The pruning horizon: tombstones of smaller ids may be deleted. */
  readonly horizon: string;
  /** No service works on either database, so an unfinished order stays unfinished. */
  readonly atRest: boolean;
}

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UNFINISHED: ReadonlySet<string> = new Set(['PENDING', 'CANCELLING', 'FULFILLING']);
const ENDED_WITHOUT_COMMIT: ReadonlySet<string> = new Set(['RELEASED', 'REJECTED', 'EXPIRED']);

export const isUnfinished = ({ status }: OrderRecord): boolean => UNFINISHED.has(status);

const ofStatus =
  (status: string) =>
  ({ order }: Pair): boolean =>
    order?.status === status;

/** Whether the reservation has one of these states and the order's lines, and no hold that expires. */
const hasReservation = ({ order, reservation }: Pair, ...states: readonly string[]): boolean =>
  reservation !== undefined &&
  states.includes(reservation.state) &&
  reservation.lines === order?.lines &&
  !(reservation.state === 'HELD' && reservation.expiresAt);

/** Inventory may have pruned the tombstone of this id. It rejects new holds for such an id. */
const mayBePruned = ({ id, reservation }: Pair, { horizon }: PairContext): boolean =>
  !reservation && id.slice(0, 8) + id.slice(9, 13) < horizon;

const withLines = (states: string, { order }: Pair): string => `${states} with ${order?.lines}`;

/** Returns what a CANCELLED order expects of its reservation, by the cancel reason. */
const unmetByCancelled = (pair: Pair, context: PairContext): string | undefined => {
  const { order, reservation } = pair;
  const state = reservation?.state ?? 'none';
  const hasOtherLines = ![undefined, '', order?.lines].includes(reservation?.lines);
  switch (order?.cancelReason) {
    case 'INSUFFICIENT_STOCK':
      return hasReservation(pair, 'REJECTED') ? undefined : withLines('REJECTED', pair);
    // Another client used the same id. Its reservation is not for this order.
    case 'RESERVATION_MISMATCH':
      return hasOtherLines ? undefined : 'a reservation with other lines';
    case 'RESERVATION_RELEASED':
      if (mayBePruned(pair, context) || ['RELEASED', 'EXPIRED'].includes(state)) return undefined;
      return 'RELEASED or EXPIRED';
    default:
      if (mayBePruned(pair, context) || ENDED_WITHOUT_COMMIT.has(state)) return undefined;
      return 'RELEASED, REJECTED or EXPIRED';
  }
};

/**
 * What each order status implies about the reservation. PENDING and CANCELLING imply nothing: the reply
 * to the order's next call resolves every reservation state.
 */
export const pairRules: readonly PairRule[] = [
  {
    // COMMITTED by another client is a difference too: the units are gone, and Orders does not know it.
    name: 'confirmed',
    rule: 'A CONFIRMED order has a reservation that holds its lines and does not expire.',
    appliesTo: ofStatus('CONFIRMED'),
    unmetExpectation: (pair) =>
      hasReservation(pair, 'HELD') ? undefined : withLines('HELD without expiry', pair),
  },
  {
    // If another client released it, the reconciler cancels the order, unless the order is parked.
    name: 'fulfilling',
    rule: 'A FULFILLING order has its lines held or committed, unless the reconciler is about to cancel it.',
    appliesTo: ofStatus('FULFILLING'),
    unmetExpectation: (pair) => {
      const isAdvanced = pair.order?.isParked === false;
      if (hasReservation(pair, 'HELD', 'COMMITTED')) return undefined;
      if (isAdvanced && pair.reservation && ENDED_WITHOUT_COMMIT.has(pair.reservation.state))
        return undefined;
      return withLines('HELD without expiry or COMMITTED', pair);
    },
  },
  {
    name: 'fulfilled',
    rule: 'A FULFILLED order has its lines committed.',
    appliesTo: ofStatus('FULFILLED'),
    unmetExpectation: (pair) =>
      hasReservation(pair, 'COMMITTED') ? undefined : withLines('COMMITTED', pair),
  },
  {
    name: 'cancelled',
    rule: 'A CANCELLED order has a reservation that matches its cancel reason and holds no units.',
    appliesTo: ofStatus('CANCELLED'),
    unmetExpectation: unmetByCancelled,
  },
  {
    // Other clients use ids of their own. A hold that expires or has another kind of id is theirs.
    name: 'leak',
    rule: 'A hold that does not expire and has an id as Orders creates them belongs to an order.',
    appliesTo: ({ reservation }) => reservation?.state === 'HELD',
    unmetExpectation: ({ id, order, reservation }) =>
      order || reservation?.expiresAt || !UUID_V7.test(id) ? undefined : 'an order',
  },
  {
    name: 'unfinished',
    rule: 'At rest, each order is CONFIRMED, CANCELLED or FULFILLED.',
    appliesTo: ({ order }, { atRest }) => atRest && order !== undefined,
    unmetExpectation: ({ order }) =>
      order && isUnfinished(order) ? 'CONFIRMED, CANCELLED or FULFILLED' : undefined,
  },
];

/** A difference between the databases. */
export interface PairDifference extends Difference {
  /** The rule that the pair violates. */
  readonly name: string;
}

/** Returns every difference of a pair. */
export const differencesIn = (pair: Pair, context: PairContext): PairDifference[] =>
  pairRules.flatMap((rule) => {
    if (!rule.appliesTo(pair, context)) return [];
    const expected = rule.unmetExpectation(pair, context);
    if (expected === undefined) return [];
    return [{ name: rule.name, place: placeOf(pair), expected, found: foundOf(rule, pair) }];
  });

const placeOf = ({ id, order, reservation }: Pair): string => {
  if (!order) return `reservation ${id}, ${describe(reservation)}`;
  const parked = order.isParked ? ', parked' : '';
  return `order ${id}, ${order.status}${parked}${order.cancelReason ? ` for ${order.cancelReason}` : ''}`;
};

const foundOf = ({ name }: PairRule, { order, reservation }: Pair): string => {
  if (name === 'leak') return 'none';
  return name === 'unfinished' && order
    ? `no change since ${order.updatedAt}`
    : describe(reservation);
};

const describe = (reservation: ReservationRecord | undefined): string => {
  if (!reservation) return 'no reservation';
  const { state, expiresAt, lines } = reservation;
  return `${state}${expiresAt ? ` until ${expiresAt}` : ''} with ${lines || 'no lines'}`;
};
