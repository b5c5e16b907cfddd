import { setTimeout as sleep } from 'node:timers/promises';
import { type Pair, pairsOf, readHorizon, readPairs } from './pair-reader';
import { type Comparing, differencesIn, isUnfinished, type PairDifference } from './pair-rules';
import { withReader, withSnapshot } from './snapshot';

/** Pairs that are looked at again together, which bounds memory, however many there are. */
const PAIRS_AT_A_TIME = 10_000;
const LOOK_AGAIN_AFTER_MS = 250;
/** What still changes after 5 s is being worked on, and will be seen by whoever compares next. */
const LOOKS_AT_MOST = 20;

export interface Comparison {
  readonly ordersUrl: string;
  readonly inventoryUrl: string;
  /** Nobody works on either database: what is unfinished or parked is a difference, too. */
  readonly atRest: boolean;
  /** How to wait between two looks; tests do something meanwhile. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** What a comparison came to. */
export interface Compared {
  orders: number;
  reservations: number;
  /** Unfinished orders that are driven on, by their status. */
  readonly inFlight: Map<string, number>;
  /** Unfinished orders that are not. */
  parked: number;
  /** Pairs that had a difference only because they changed while they were read. */
  passing: number;
  /** By the name of the rule. */
  readonly differences: Map<string, number>;
}

/** Resolves when they are dealt with, so that they do not pile up in memory. */
type Tell = (differences: readonly PairDifference[]) => Promise<void> | void;

/**
 * Compares the two databases, while both go on changing or not, and tells of every difference.
 *
 * They have no moment in common. Inventory's comes first: since an order is there before Inventory
 * hears of it, whatever is held at that moment has its order at the later one. What may differ then
 * is only an order that came to the end of a step between the two moments, which are next to each
 * other; and such a pair is looked at again.
 */
export const compareDatabases = (
  { inventoryUrl, ordersUrl, atRest, pause = sleep }: Comparison,
  tell: Tell,
): Promise<Compared> =>
  withReader(inventoryUrl, (inventoryNow) =>
    withReader(ordersUrl, (ordersNow) =>
      withSnapshot(inventoryUrl, (inventory) =>
        withSnapshot(ordersUrl, async (orders) => {
          const how = { horizon: await readHorizon(inventory), atRest };
          await orders.query('select');
          const compared = nothingCompared();
          const suspects: Pair[] = [];
          const lookAgain = async () => {
            const read = (ids: readonly string[]) => readPairs(inventoryNow, ordersNow, ids);
            const real = await realDifferences(suspects.splice(0), how, read, pause, compared);
            for (const { name } of real) count(compared.differences, name);
            if (real.length > 0) await tell(real);
          };
          for await (const pair of pairsOf(inventory, orders)) {
            tally(compared, pair);
            if (differencesIn(pair, how).length > 0) suspects.push(pair);
            if (suspects.length >= PAIRS_AT_A_TIME) await lookAgain();
          }
          await lookAgain();
          return compared;
        }),
      ),
    ),
  );

const nothingCompared = (): Compared => ({
  orders: 0,
  reservations: 0,
  inFlight: new Map(),
  parked: 0,
  passing: 0,
  differences: new Map(),
});

const count = (counts: Map<string, number>, what: string): void => {
  counts.set(what, (counts.get(what) ?? 0) + 1);
};

const tally = (compared: Compared, { order, reservation }: Pair): void => {
  if (reservation) compared.reservations += 1;
  if (!order) return;
  compared.orders += 1;
  if (order.isParked) compared.parked += 1;
  else if (isUnfinished(order)) count(compared.inFlight, order.status);
};

/**
 * What is wrong with pairs for good. A pair that is wrong twice and has not changed in between is:
 * every look reads Inventory first, so its reservation was at the first look's Orders what it was
 * before and after it, since no reservation ever becomes again what it once was. Then the two stood
 * beside each other like that, and nobody has mended it. One that has changed is looked at again, as
 * often as that goes on, up to a bound.
 */
const realDifferences = async (
  suspects: readonly Pair[],
  how: Comparing,
  read: (ids: readonly string[]) => Promise<Pair[]>,
  pause: (ms: number) => Promise<unknown>,
  compared: Compared,
): Promise<PairDifference[]> => {
  const real: PairDifference[] = [];
  let moving = new Map(suspects.map((pair) => [pair.id, pair]));
  for (let looks = 0; moving.size > 0 && looks < LOOKS_AT_MOST; looks += 1) {
    await pause(LOOK_AGAIN_AFTER_MS);
    const stillWrong = new Map<string, Pair>();
    for (const pair of await read([...moving.keys()])) {
      const differences = differencesIn(pair, how);
      const before = moving.get(pair.id);
      if (differences.length === 0) compared.passing += 1;
      else if (before && isUnchanged(before, pair)) real.push(...differences);
      else stillWrong.set(pair.id, pair);
    }
    moving = stillWrong;
  }
  compared.passing += moving.size;
  return real;
};

const isUnchanged = (before: Pair, now: Pair): boolean =>
  JSON.stringify([before.order, before.reservation]) ===
  JSON.stringify([now.order, now.reservation]);
