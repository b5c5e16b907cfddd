import {
  isDue,
  type Reservation,
  sameLines,
  uuidV7Time,
} from '../../apps/inventory/src/reservation/reservation';
import { available } from '../../apps/inventory/src/stock/stock';
import type { ModelStep } from './model-step';
import { PROMISES, PROMISES_WITH_MANUAL_ENDS } from './promised-statuses';
import type { Status } from './protocol';
import { type State } from './state';
import { reductionsOf, statusOf } from './steps';
import { idOf, linesAfter, nameOf, type World } from './world';

/** A property of states or of steps. Returns the fault, or undefined. */
interface Property {
  readonly ofState?: (world: World, state: State) => string | undefined;
  readonly ofStep?: (world: World, before: State, step: ModelStep) => string | undefined;
}

/** The promises of this system, stated independently of the code that keeps them. */
export const PROPERTIES = {
  /** No unit is promise twice. */
  'never oversold': {
    ofState: (_, state) => firstOf(skusOf(state), (sku) => oversold(state, sku)),
  },
  /** The levels equal the sums of the ledger and of the reservations. */
  'every unit is explained': {
    ofState: (_, state) => firstOf(skusOf(state), (sku) => unexplained(state, sku)),
  },
  /** The status of an order agrees with the recorded reservation. */
  'a status agrees with Inventory': {
    ofState: (world, state) =>
      firstOf(Object.keys(world.orders), (order) => contradicting(world, state, order)),
  },
  /** No units are held for an unwritten order, and a CANCELLED order can never get units. */
  'no intermediate state is unsafe': {
    ofState: (world, state) =>
      firstOf(Object.keys(world.orders), (order) => unsafe(world, state, order)),
  },
  /** Customers may have read every committed status: later ones must be allowed after it. */
  'a status only advances as promised': {
    ofStep: (world, before, step) =>
      before.orders === step.next.orders
        ? undefined
        : firstOf(Object.keys(world.orders), (order) =>
            forbiddenTransition(world, before, step, order),
          ),
  },
  /** An order never gets units back that it has given up. */
  'an order never grows': {
    ofStep: (world, before, { next }) =>
      firstOf(Object.keys(world.orders), (order) =>
        reductionsOf(next, order) < reductionsOf(before, order)
          ? `Order ${order} has the units again that a reduction took away`
          : undefined,
      ),
  },
  /** A final reservation does not change, and a due one can only expire. A tombstone may be deleted. */
  'final states do not change': { ofStep: (_, before, step) => changedFinal(before, step) },
  /** A reservation never gets more units than it had. */
  'a hold never grows': { ofStep: (_, before, step) => grown(before, step) },
  /** A hold does not expire before its time. */
  'no hold ends before its time': { ofState: (_, state) => expiredEarly(state) },
  /** No basket is rejected while due units would suffice. */
  'no rejection while due units suffice': {
    ofStep: (_, before, step) => rejectedTooEarly(before, step),
  },
} as const satisfies Record<string, Property>;

export type PropertyName = keyof typeof PROPERTIES;

/**
 * At rest no order is unfinished, and only CONFIRMED orders hold units. The search checks that rest is
 * reachable from every state.
 */
export const isAtRest = (state: State): boolean =>
  [...state.orders.statuses.values()].every((status) => AT_REST.has(status)) &&
  [...state.inventory.reservations.values()].every(
    ({ id, state: held }) => held !== 'HELD' || statusOf(state, nameOf(id)) === 'CONFIRMED',
  );

const AT_REST = new Set<Status>(['NONE', 'CONFIRMED', 'CANCELLED', 'FULFILLED']);

const firstOf = <Item>(
  items: Iterable<Item>,
  fault: (item: Item) => string | undefined,
): string | undefined => {
  for (const item of items) {
    const found = fault(item);
    if (found !== undefined) return found;
  }
  return undefined;
};

const skusOf = ({ inventory }: State): Iterable<string> => inventory.levels.keys();

const unitsOf = ({ inventory }: State, sku: string, state: Reservation['state']): number => {
  let units = 0;
  for (const reservation of inventory.reservations.values()) {
    if (reservation.state !== state) continue;
    for (const line of reservation.lines) if (line.sku === sku) units += line.quantity;
  }
  return units;
};

const oversold = (state: State, sku: string): string | undefined => {
  const level = state.inventory.levels.get(sku);
  const supplied = state.inventory.ledger.get(sku)?.adjusted ?? 0;
  const promise = unitsOf(state, sku, 'HELD') + unitsOf(state, sku, 'COMMITTED');
  const missing = level?.shortfall ?? 0;
  return promise > supplied + missing
    ? `${promise} ${sku} are promise, and there were only ${supplied}`
    : undefined;
};

const unexplained = (state: State, sku: string): string | undefined => {
  const { onHand, reserved } = state.inventory.levels.get(sku) ?? { onHand: 0, reserved: 0 };
  const sums = state.inventory.ledger.get(sku) ?? { onHand: 0, reserved: 0, adjusted: 0 };
  const held = unitsOf(state, sku, 'HELD');
  const left = sums.adjusted - unitsOf(state, sku, 'COMMITTED');
  const isExplained =
    onHand === sums.onHand && reserved === sums.reserved && onHand === left && reserved === held;
  return isExplained
    ? undefined
    : `${onHand} ${sku} are on hand and ${reserved} reserved; the ledger description ${sums.onHand} and ` +
        `${sums.reserved}, the reservations say ${left} and ${held}`;
};

const contradicting = (world: World, state: State, order: string): string | undefined => {
  const status = statusOf(state, order);
  const recorded = recordedFor(world, state, order);
  const fault = `Order ${order} is ${status}, and Inventory has recorded ${recorded}`;
  switch (status) {
    case 'CONFIRMED':
      return recorded === 'HELD' || wasEndedManually(world, state, order) ? undefined : fault;
    case 'FULFILLING': {
      const isReserved = recorded === 'HELD' || recorded === 'COMMITTED';
      return isReserved || wasEndedManually(world, state, order) ? undefined : fault;
    }
    case 'REDUCING': {
      const isHeld = recorded === 'HELD' || isHeldAsBefore(world, state, order);
      return isHeld || wasEndedManually(world, state, order) ? undefined : fault;
    }
    case 'FULFILLED':
      return recorded === 'COMMITTED' || wasCommittedManually(world, state, order)
        ? undefined
        : fault;
    case 'CANCELLED':
      return isPromisedToOrder(world, state, order) ? fault : undefined;
    default:
      return undefined;
  }
};

/** Whether units are held or committed for the order, with the lines that it has or had. */
const isPromisedToOrder = (world: World, state: State, order: string): boolean => {
  const found = state.inventory.reservations.get(idOf(order));
  if (!found || !['HELD', 'COMMITTED'].includes(found.state)) return false;
  for (let count = 0; count <= reductionsOf(state, order); count += 1)
    if (sameLines(found.lines, linesAfter(world, order, count))) return true;
  return false;
};

/** Whether Inventory still holds the units that the order had before its last reduction. */
const isHeldAsBefore = (world: World, state: State, order: string): boolean => {
  const found = state.inventory.reservations.get(idOf(order));
  const before = linesAfter(world, order, reductionsOf(state, order) - 1);
  return found?.state === 'HELD' && sameLines(found.lines, before);
};

/** Where holds are ended manually, it is enough that there was one. */
const wasEndedManually = (world: World, { inventory }: State, order: string): boolean => {
  const found = inventory.reservations.get(idOf(order));
  return world.byHand && found !== undefined && found.lines.length > 0;
};

/** An operator may have committed the units that the order had before its reduction. */
const wasCommittedManually = (world: World, state: State, order: string): boolean =>
  wasEndedManually(world, state, order) &&
  isPromisedToOrder(world, state, order) &&
  state.inventory.reservations.get(idOf(order))?.state === 'COMMITTED';

/** Returns the state of the reservation, with a note where its lines differ or it is due. */
const recordedFor = (world: World, state: State, order: string): string => {
  const found = state.inventory.reservations.get(idOf(order));
  if (!found) return 'nothing';
  const lines = linesAfter(world, order, reductionsOf(state, order));
  if (!sameLines(found.lines, lines)) return `${found.state} for other lines`;
  return isDue(found, new Date(state.tick)) ? 'HELD until now' : found.state;
};

const unsafe = (world: World, state: State, order: string): string | undefined => {
  const status = statusOf(state, order);
  const { reservations, forgottenBefore } = state.inventory;
  const recorded = reservations.get(idOf(order));
  if (status === 'NONE' && recordedFor(world, state, order) === 'HELD' && !world.byHand) {
    return `Units are held for order ${order}, which is not written`;
  }
  if (status !== 'CANCELLED' || recorded) return undefined;
  const madeAt = uuidV7Time(idOf(order));
  return madeAt && madeAt < forgottenBefore
    ? undefined
    : `Order ${order} is CANCELLED, and a late create could still hold units for it`;
};

const forbiddenTransition = (
  world: World,
  before: State,
  step: ModelStep,
  order: string,
): string | undefined => {
  const from = statusOf(before, order);
  const to = statusOf(step.next, order);
  if (from === to || to === 'NONE') return undefined;
  const promises = (world.byHand ? PROMISES_WITH_MANUAL_ENDS : PROMISES)[from];
  return promises === undefined || promises[to]?.includes(step.by)
    ? undefined
    : `Order ${order} was ${from}, and becomes ${to}`;
};

const changedFinal = (before: State, { next }: ModelStep): string | undefined => {
  if (before.inventory === next.inventory) return undefined;
  const now = new Date(before.tick);
  return firstOf(before.inventory.reservations.values(), (reservation) => {
    const { id, state, lines } = reservation;
    const after = next.inventory.reservations.get(id);
    if (after === reservation) return undefined;
    const isDueNow = isDue(reservation, now);
    const stays = state === after?.state && (!isDueNow || isDue(after, now));
    const isPruned = after === undefined && lines.length === 0;
    const isAllowed = isDueNow ? after?.state === 'EXPIRED' : state === 'HELD' || isPruned;
    const was = isDueNow ? 'due' : state;
    return stays || isAllowed
      ? undefined
      : `${nameOf(id)} was ${was}, and is ${after?.state ?? 'gone'}`;
  });
};

const grown = (before: State, { next }: ModelStep): string | undefined => {
  if (before.inventory === next.inventory) return undefined;
  return firstOf(before.inventory.reservations.values(), ({ id, lines }) => {
    const after = next.inventory.reservations.get(id)?.lines ?? [];
    const more = after.find(({ sku, quantity }) => quantity > unitsIn(lines, sku));
    return more && lines.length > 0
      ? `${nameOf(id)} had ${unitsIn(lines, more.sku)} ${more.sku}, and has ${more.quantity}`
      : undefined;
  });
};

const unitsIn = (lines: Reservation['lines'], sku: string): number =>
  lines.find((line) => line.sku === sku)?.quantity ?? 0;

const expiredEarly = ({ inventory, tick }: State): string | undefined =>
  firstOf(inventory.reservations.values(), ({ id, state, expiresAt }) =>
    state === 'EXPIRED' && (expiresAt === null || expiresAt > new Date(tick))
      ? `${nameOf(id)} is EXPIRED before its time`
      : undefined,
  );

const rejectedTooEarly = (before: State, { next }: ModelStep): string | undefined => {
  if (before.inventory === next.inventory) return undefined;
  const now = new Date(before.tick);
  const due = [...before.inventory.reservations.values()].filter((one) => isDue(one, now));
  const dueSkus = new Set(due.flatMap(({ lines }) => lines.map(({ sku }) => sku)));
  return firstOf(next.inventory.reservations.values(), ({ id, state, lines }) => {
    if (state !== 'REJECTED' || before.inventory.reservations.has(id)) return undefined;
    const isShort = lines.some(({ sku, quantity }) => {
      const level = before.inventory.levels.get(sku);
      return dueSkus.has(sku) && level !== undefined && available(level) < quantity;
    });
    return isShort ? `${nameOf(id)} is rejected, and due units would suffice` : undefined;
  });
};
