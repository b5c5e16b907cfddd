import type { Difference } from './check';
import type { OrderFacts, Pair, ReservationFacts } from './pair-reader';

/** Something that must be true of an order and the reservation under its id. */
export interface PairRule {
  /** Begins every line about it. */
  readonly name: string;
  readonly says: string;
  /** Whether it has anything to say of a pair. */
  readonly concerns: (pair: Pair, how: Comparing) => boolean;
  /** What it expects. Undefined: the pair is as it should be. */
  readonly expected: (pair: Pair, how: Comparing) => string | undefined;
}

export interface Comparing {
  /** Of ids that begin below it, a tombstone may be gone. */
  readonly horizon: string;
  /** Nobody works on either database, so what is unfinished stays so. */
  readonly atRest: boolean;
}

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UNFINISHED: ReadonlySet<string> = new Set(['PENDING', 'CANCELLING', 'FULFILLING']);
const GIVEN_UP: ReadonlySet<string> = new Set(['RELEASED', 'REJECTED', 'EXPIRED']);

export const isUnfinished = ({ status }: OrderFacts): boolean => UNFINISHED.has(status);

const ofStatus =
  (status: string) =>
  ({ order }: Pair): boolean =>
    order?.status === status;

/** Its reservation has one of these states and the order's lines, and no end in time while held. */
const has = ({ order, reservation }: Pair, ...states: readonly string[]): boolean =>
  reservation !== undefined &&
  states.includes(reservation.state) &&
  reservation.lines === order?.lines &&
  !(reservation.state === 'HELD' && reservation.expiresAt);

/** Inventory may have deleted a tombstone of that age, and refuses to hold anything for the id. */
const isForgotten = ({ id, reservation }: Pair, { horizon }: Comparing): boolean =>
  !reservation && id.slice(0, 8) + id.slice(9, 13) < horizon;

const withLines = (states: string, { order }: Pair): string => `${states} with ${order?.lines}`;

/** What the reservation of a CANCELLED order must be, by why the order was cancelled. */
const expectedOfCancelled = (pair: Pair, how: Comparing): string | undefined => {
  const { order, reservation } = pair;
  const state = reservation?.state ?? 'none';
  const hasOtherLines = ![undefined, '', order?.lines].includes(reservation?.lines);
  switch (order?.cancelReason) {
    case 'INSUFFICIENT_STOCK':
      return has(pair, 'REJECTED') ? undefined : withLines('REJECTED', pair);
    // Somebody else's under the same id: what it holds is not for this order.
    case 'RESERVATION_MISMATCH':
      return hasOtherLines ? undefined : 'a reservation with other lines';
    case 'RESERVATION_RELEASED':
      if (isForgotten(pair, how) || ['RELEASED', 'EXPIRED'].includes(state)) return undefined;
      return 'RELEASED or EXPIRED';
    default:
      if (isForgotten(pair, how) || GIVEN_UP.has(state)) return undefined;
      return 'RELEASED, REJECTED or EXPIRED';
  }
};

/**
 * What each status implies at any one moment. PENDING and CANCELLING imply nothing: whatever the
 * reservation is, the answer to the order's next call leads on from there.
 */
export const pairRules: readonly PairRule[] = [
  {
    // COMMITTED by hand, too: its units have left, and Orders does not know. Fulfilling it finds out.
    name: 'confirmed',
    says: 'For a CONFIRMED order its lines are held, with no end in time.',
    concerns: ofStatus('CONFIRMED'),
    expected: (pair) => (has(pair, 'HELD') ? undefined : withLines('HELD without end', pair)),
  },
  {
    // Given up by hand, it will be CANCELLED by the reconciler; but that leaves alone what is parked.
    name: 'fulfilling',
    says: 'For a FULFILLING order its lines are held or have left, unless it is about to be cancelled.',
    concerns: ofStatus('FULFILLING'),
    expected: (pair) => {
      const isDriven = pair.order?.isParked === false;
      if (has(pair, 'HELD', 'COMMITTED')) return undefined;
      if (isDriven && pair.reservation && GIVEN_UP.has(pair.reservation.state)) return undefined;
      return withLines('HELD without end or COMMITTED', pair);
    },
  },
  {
    name: 'fulfilled',
    says: 'For a FULFILLED order its lines have left.',
    concerns: ofStatus('FULFILLED'),
    expected: (pair) => (has(pair, 'COMMITTED') ? undefined : withLines('COMMITTED', pair)),
  },
  {
    name: 'cancelled',
    says: 'For a CANCELLED order nothing is held or has left, as its reason has it.',
    concerns: ofStatus('CANCELLED'),
    expected: expectedOfCancelled,
  },
  {
    // Others hold by ids of their own. With an end in time or an id of another kind, it is theirs.
    name: 'leak',
    says: 'What is held without end under an id such as Orders makes is held for an order.',
    concerns: ({ reservation }) => reservation?.state === 'HELD',
    expected: ({ id, order, reservation }) =>
      order || reservation?.expiresAt || !UUID_V7.test(id) ? undefined : 'an order',
  },
  {
    name: 'unfinished',
    says: 'At rest, each order has come to an end, or waits for its customer.',
    concerns: ({ order }, { atRest }) => atRest && order !== undefined,
    expected: ({ order }) =>
      order && isUnfinished(order) ? 'CONFIRMED, CANCELLED or FULFILLED' : undefined,
  },
];

/** A difference between the databases, by the rule that it breaks. */
export interface PairDifference extends Difference {
  readonly name: string;
}

/** Everything that is wrong with a pair. */
export const differencesIn = (pair: Pair, how: Comparing): PairDifference[] =>
  pairRules.flatMap((rule) => {
    if (!rule.concerns(pair, how)) return [];
    const expected = rule.expected(pair, how);
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

const describe = (reservation: ReservationFacts | undefined): string => {
  if (!reservation) return 'no reservation';
  const { state, expiresAt, lines } = reservation;
  return `${state}${expiresAt ? ` until ${expiresAt}` : ''} with ${lines || 'no lines'}`;
};
