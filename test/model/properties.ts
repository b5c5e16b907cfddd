import {
  isDue,
  mergeLines,
  type Reservation,
  sameLines,
  uuidV7Time,
} from '../../apps/inventory/src/reservation/reservation';
import { available } from '../../apps/inventory/src/stock/stock';
import type { Status } from './protocol';
import { type State } from './state';
import { statusOf, type ModelStep } from './steps';
import { idOf, nameOf, type World } from './world';

/** Something that has to be so. Each looks at a state, or at a step from one, and description the fault. */
interface Property {
  readonly ofState?: (world: World, state: State) => string | undefined;
  readonly ofStep?: (world: World, before: State, step: ModelStep) => string | undefined;
}

/** The promises of this system, told independently of the code that keeps them. */
export const PROPERTIES = {
  /** No unit is promised twice. */
  'never oversold': {
    ofState: (_, state) => firstOf(skusOf(state), (sku) => oversold(state, sku)),
  },
  /** The levels are what the ledger adds up to, and what the reservations say. */
  'every unit is explained': {
    ofState: (_, state) => firstOf(skusOf(state), (sku) => unexplained(state, sku)),
  },
  /** What an order's status description is what Inventory has recorded. */
  'a status is true': {
    ofState: (world, state) =>
      firstOf(Object.keys(world.orders), (order) => untrue(world, state, order)),
  },
  /** Nothing is held for an order that is not written, and CANCELLED has become certain first. */
  'danger is avoided': {
    ofState: (world, state) =>
      firstOf(Object.keys(world.orders), (order) => dangerous(world, state, order)),
  },
  /** What a customer can have been told stays true: whatever was committed may have been read. */
  'a promise to the customer is kept': {
    ofStep: (world, before, step) =>
      before.orders === step.next.orders
        ? undefined
        : firstOf(Object.keys(world.orders), (order) => broken(world, before, step, order)),
  },
  /** A final reservation stays as it is, and one that is due can only expire. A tombstone may go. */
  'what is final stays': { ofStep: (_, before, step) => revived(before, step) },
  /** A hold does not end by itself before its time. */
  'a hold keeps its time': { ofState: (_, state) => endedEarly(state) },
  /** No basket is rejected for units of holds that are due to expire. */
  'no basket is rejected for units that are due': {
    ofStep: (_, before, step) => refusedInVain(before, step),
  },
} as const satisfies Record<string, Property>;

export type PropertyName = keyof typeof PROPERTIES;

/**
 * At rest no order waits, and no unit is held but for a CONFIRMED order. That this can be reached
 * from everywhere is checked by the search.
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
  const promised = unitsOf(state, sku, 'HELD') + unitsOf(state, sku, 'COMMITTED');
  const missing = level?.shortfall ?? 0;
  return promised > supplied + missing
    ? `${promised} ${sku} are promised, and there were only ${supplied}`
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

const untrue = (world: World, state: State, order: string): string | undefined => {
  const status = statusOf(state, order);
  const recorded = recordedFor(world, state, order);
  const fault = `Order ${order} is ${status}, and Inventory has recorded ${recorded}`;
  switch (status) {
    case 'CONFIRMED':
      return recorded === 'HELD' || wasHeldByHand(world, state, order) ? undefined : fault;
    case 'FULFILLING': {
      const isThere = recorded === 'HELD' || recorded === 'COMMITTED';
      return isThere || wasHeldByHand(world, state, order) ? undefined : fault;
    }
    case 'FULFILLED':
      return recorded === 'COMMITTED' ? undefined : fault;
    case 'CANCELLED':
      return recorded === 'HELD' || recorded === 'COMMITTED' ? fault : undefined;
    default:
      return undefined;
  }
};

/** Where an operator may end an order's hold, it is enough that the hold existed. */
const wasHeldByHand = (world: World, { inventory }: State, order: string): boolean => {
  const found = inventory.reservations.get(idOf(order));
  return world.allowsManualRelease && found !== undefined && found.lines.length > 0;
};

/** The reservation's state, if it is for the order's own lines and its time has not run out. */
const recordedFor = (world: World, state: State, order: string): string => {
  const found = state.inventory.reservations.get(idOf(order));
  if (!found) return 'nothing';
  const lines = mergeLines(world.orders[order] ?? []);
  if (!sameLines(found.lines, lines)) return `${found.state} for other lines`;
  return isDue(found, new Date(state.tick)) ? 'HELD until now' : found.state;
};

const dangerous = (world: World, state: State, order: string): string | undefined => {
  const status = statusOf(state, order);
  const { reservations, forgottenBefore } = state.inventory;
  const recorded = reservations.get(idOf(order));
  if (
    status === 'NONE' &&
    recordedFor(world, state, order) === 'HELD' &&
    !world.allowsManualRelease
  ) {
    return `Units are held for order ${order}, which is not written`;
  }
  if (status !== 'CANCELLED' || recorded) return undefined;
  const madeAt = uuidV7Time(idOf(order));
  return madeAt && madeAt < forgottenBefore
    ? undefined
    : `Order ${order} is CANCELLED, and a create that comes late could still hold units for it`;
};

type Causes = readonly ModelStep['by'][];

/**
 * What may follow on what a customer was told, and what has to be the cause. Whether CANCELLED and
 * FULFILLED come too early is for other properties to say.
 */
const PROMISES: Partial<Record<Status, Partial<Record<Status, Causes>>>> = {
  PENDING: {
    CONFIRMED: ['answer'],
    CANCELLED: ['answer', 'cancel', 'acceptBy', 'noResponse'],
    CANCELLING: ['cancel', 'acceptBy'],
  },
  CONFIRMED: {
    CANCELLING: ['cancel'],
    CANCELLED: ['cancel'],
    FULFILLING: ['fulfill'],
    FULFILLED: ['fulfill'],
  },
  CANCELLING: { CANCELLED: ['answer'] },
  FULFILLING: { FULFILLED: ['answer'] },
  CANCELLED: {},
  FULFILLED: {},
};

/** By hand it may have been committed before the release, and released before the commit. */
const PROMISES_BY_HAND: typeof PROMISES = {
  ...PROMISES,
  CANCELLING: { CANCELLED: ['answer'], FULFILLED: ['answer'] },
  FULFILLING: { CANCELLED: ['answer'], FULFILLED: ['answer'] },
};

const broken = (
  world: World,
  before: State,
  step: ModelStep,
  order: string,
): string | undefined => {
  const from = statusOf(before, order);
  const to = statusOf(step.next, order);
  if (from === to || to === 'NONE') return undefined;
  const promises = (world.allowsManualRelease ? PROMISES_BY_HAND : PROMISES)[from];
  return promises === undefined || promises[to]?.includes(step.by)
    ? undefined
    : `Order ${order} was ${from}, and becomes ${to}`;
};

const revived = (before: State, { next }: ModelStep): string | undefined => {
  if (before.inventory === next.inventory) return undefined;
  const now = new Date(before.tick);
  return firstOf(before.inventory.reservations.values(), (reservation) => {
    const { id, state, lines } = reservation;
    const after = next.inventory.reservations.get(id);
    if (after === reservation) return undefined;
    const isDueNow = isDue(reservation, now);
    const stays = state === after?.state && (!isDueNow || isDue(after, now));
    const isForgotten = after === undefined && lines.length === 0;
    const maySo = isDueNow ? after?.state === 'EXPIRED' : state === 'HELD' || isForgotten;
    const was = isDueNow ? 'due' : state;
    return stays || maySo
      ? undefined
      : `${nameOf(id)} was ${was}, and is ${after?.state ?? 'gone'}`;
  });
};

const endedEarly = ({ inventory, tick }: State): string | undefined =>
  firstOf(inventory.reservations.values(), ({ id, state, expiresAt }) =>
    state === 'EXPIRED' && (expiresAt === null || expiresAt > new Date(tick))
      ? `${nameOf(id)} is EXPIRED before its time`
      : undefined,
  );

const refusedInVain = (before: State, { next }: ModelStep): string | undefined => {
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
    return isShort ? `${nameOf(id)} is refused, and units that are due would do` : undefined;
  });
};
