import type { Difference } from './check';
import { type OrderRecord, type Pair, type ReservationRecord, UUID_V7 } from './pair-reader';

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
  /** Clients other than Orders use UUIDv7 ids, too. */
  readonly othersUseUuids: boolean;
  /** No service works on either database, so an unfinished order stays unfinished. */
  readonly atRest: boolean;
}

const UNFINISHED: ReadonlySet<string> = new Set([
  'PENDING',
  'REDUCING',
  'CANCELLING',
  'FULFILLING',
]);
const ENDED_WITHOUT_COMMIT: ReadonlySet<string> = new Set(['RELEASED', 'REJECTED', 'EXPIRED']);

const DAY_SECONDS = 86_400;

export const isUnfinished = ({ status }: OrderRecord): boolean => UNFINISHED.has(status);

const isFinished = ({ status }: OrderRecord): boolean =>
  status === 'CANCELLED' || status === 'FULFILLED';

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

/** Whether the reservation has the lines of the order, or those before a reduction that is not recorded. */
const hasLines = ({ order, reservation }: Pair): boolean =>
  reservation !== undefined &&
  (reservation.lines === order?.lines || reservation.lines === order?.linesBefore);

/** Whether the reservation has these lines, or none: an order cancelled first gets a tombstone. */
const hasLinesOrNone = (pair: Pair): boolean => pair.reservation?.lines === '' || hasLines(pair);

const withLines = (states: string, { order }: Pair): string => `${states} with ${order?.lines}`;

/** Mentions the lines only if the reservation has others. */
const withLinesOrNone = (states: string, pair: Pair): string =>
  !pair.reservation || hasLinesOrNone(pair)
    ? states
    : `${states} with ${pair.order?.lines} or none`;

/** Returns what a CANCELLED order expects of its reservation, by the cancel reason. */
const unmetByCancelled = (pair: Pair, context: PairContext): string | undefined => {
  const { order, reservation } = pair;
  const state = (hasLinesOrNone(pair) ? reservation?.state : undefined) ?? 'none';
  const hasOtherLines = reservation !== undefined && !hasLinesOrNone(pair);
  switch (order?.cancelReason) {
    case 'INSUFFICIENT_STOCK':
      return hasReservation(pair, 'REJECTED') ? undefined : withLines('REJECTED', pair);
    // Another client used the same id. Its reservation is not for this order.
    case 'RESERVATION_MISMATCH':
      return hasOtherLines ? undefined : 'a reservation with other lines';
    case 'RESERVATION_RELEASED':
      if (mayBePruned(pair, context) || ['RELEASED', 'EXPIRED'].includes(state)) return undefined;
      return withLinesOrNone('RELEASED or EXPIRED', pair);
    default:
      if (mayBePruned(pair, context) || ENDED_WITHOUT_COMMIT.has(state)) return undefined;
      return withLinesOrNone('RELEASED, REJECTED or EXPIRED', pair);
  }
};

/** A commit at once has the time of its creation, and a tombstone has no lines. */
const wasHeldWithoutExpiry = ({ state, expiresAt, lines, ...times }: ReservationRecord): boolean =>
  !expiresAt &&
  ((state === 'COMMITTED' && times.createdAt !== times.changedAt) ||
    (state === 'RELEASED' && lines !== ''));

/** Rejections and tombstones do not show which client made them. */
const isWithoutUnits = ({ state, lines }: ReservationRecord): boolean =>
  state === 'REJECTED' || (state === 'RELEASED' && lines === '');

/** Whether another client ended the reservation, or made it. */
const isOfAnother = ({ cancelReason }: OrderRecord): boolean =>
  cancelReason === 'RESERVATION_RELEASED' || cancelReason === 'RESERVATION_MISMATCH';

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
    // Inventory holds fewer units as soon as it has recorded the reduction. If another client ended the
    // reservation, the reconciler ends the order, unless the order is parked.
    name: 'reducing',
    rule: 'A REDUCING order has its lines held, or those before, unless the reconciler is about to end it.',
    appliesTo: ofStatus('REDUCING'),
    unmetExpectation: (pair) => {
      const { order, reservation } = pair;
      const isHeld = reservation?.state === 'HELD' && !reservation.expiresAt && hasLines(pair);
      if (isHeld || (order?.isParked === false && reservation && reservation.state !== 'HELD'))
        return undefined;
      return `${withLines('HELD without expiry', pair)} or ${order?.linesBefore}`;
    },
  },
  {
    name: 'cancelling',
    rule: 'A CANCELLING order has a reservation with its lines, or no lines.',
    appliesTo: ofStatus('CANCELLING'),
    unmetExpectation: (pair) =>
      !pair.reservation || hasLinesOrNone(pair) ? undefined : `${pair.order?.lines}, or no lines`,
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
    // Orders writes an order before it holds units for it, and deletes none.
    name: 'missing-order',
    rule: 'A hold without expiry that has ended belonged to an order, if its id is as Orders creates them.',
    appliesTo: ({ id, order, reservation }) => !order && !!reservation && UUID_V7.test(id),
    unmetExpectation: ({ reservation }, { othersUseUuids }) => {
      if (!reservation) return undefined;
      const isOfOrders = wasHeldWithoutExpiry(reservation) || isWithoutUnits(reservation);
      const isCertain = wasHeldWithoutExpiry(reservation) || !othersUseUuids;
      return isOfOrders && isCertain ? 'an order' : undefined;
    },
  },
  {
    name: 'same-shortages',
    rule: 'An order that was cancelled for insufficient stock has the short lines of its reservation.',
    appliesTo: ({ order, reservation }) =>
      order?.cancelReason === 'INSUFFICIENT_STOCK' && reservation?.state === 'REJECTED',
    unmetExpectation: ({ order, reservation }) =>
      order?.shortages === reservation?.shortages ? undefined : shortLines(order?.shortages),
  },
  {
    // Orders makes holds without expiry. To extend one changes nothing.
    name: 'pair-expiry',
    rule: 'A reservation that was made for an order has no expiry and, while it is held, changes by reductions only.',
    appliesTo: ({ order, reservation }) =>
      !!order && !isOfAnother(order) && order.status !== 'PENDING' && reservation !== undefined,
    unmetExpectation: ({ order, reservation }) => {
      if (!order || !reservation) return undefined;
      const { state, expiresAt, createdAt, changedAt } = reservation;
      // Other rules cover holds that expire, and holds of finished orders.
      if (state === 'HELD')
        return isFinished(order) || expiresAt || createdAt === changedAt || order.reductions > 0
          ? undefined
          : 'no change';
      return expiresAt && state !== 'EXPIRED' ? 'no expiry' : undefined;
    },
  },
  {
    // Without a timeline the order is of the first version. Another client may have made a reservation
    // with another outcome at any time.
    name: 'pair-time',
    rule: 'A reservation was created and decided in the life of its order, give or take a day.',
    appliesTo: ({ order, reservation }) =>
      !!reservation && !!order && order.lastSeq > 0 && !isOfAnother(order) && !isUnfinished(order),
    unmetExpectation: ({ order, reservation }) => {
      if (!order || !reservation) return undefined;
      const [first, last] = [order.createdAt - DAY_SECONDS, order.changedAt + DAY_SECONDS];
      return reservation.createdAt >= first && reservation.changedAt <= last
        ? undefined
        : timesOf({ createdAt: first, changedAt: last });
    },
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
  if (!order) return 'none';
  if (name === 'same-shortages') return shortLines(reservation?.shortages);
  if (name === 'pair-time' || (name === 'pair-expiry' && !reservation?.expiresAt))
    return timesOf(reservation);
  return name === 'unfinished' ? `no change since ${order.updatedAt}` : describe(reservation);
};

const shortLines = (text = ''): string => (text === '' ? 'no short line' : text);

const timesOf = (times: Pick<OrderRecord, 'createdAt' | 'changedAt'> | undefined): string =>
  times ? `${timeOf(times.createdAt)} to ${timeOf(times.changedAt)}` : 'none';

/** An infinite time is no Date. */
const timeOf = (seconds: number): string =>
  Number.isFinite(seconds) ? new Date(seconds * 1_000).toISOString() : String(seconds);

const describe = (reservation: ReservationRecord | undefined): string => {
  if (!reservation) return 'no reservation';
  const { state, expiresAt, lines } = reservation;
  return `${state}${expiresAt ? ` until ${expiresAt}` : ''} with ${lines || 'no lines'}`;
};
