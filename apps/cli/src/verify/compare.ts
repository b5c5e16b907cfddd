import { setTimeout as sleep } from 'node:timers/promises';
import { type Pair, pairsOf, readHorizon, readOthersUseUuids, readPairs } from './pair-reader';
import { differencesIn, isUnfinished, type PairContext, type PairDifference } from './pair-rules';
import { type ReadTarget, withReader, withSnapshot } from './snapshot';

/** Suspect pairs that are read again together. It bounds the memory, however many there are. */
const MAX_SUSPECTS = 10_000;
const RECHECK_INTERVAL_MS = 250;
/** A pair that still changes after 5 s is being worked on. The next comparison checks it. */
const MAX_RECHECKS = 20;

export interface ComparisonOptions {
  readonly orders: ReadTarget;
  readonly inventory: ReadTarget;
  /** No service works on either database, so an unfinished or parked order is a difference too. */
  readonly atRest: boolean;
  /** Waits between two reads of a suspect pair. Tests replace it. */
  readonly pause?: (ms: number) => Promise<unknown>;
}

/** The result of a comparison. */
export interface Comparison {
  orders: number;
  reservations: number;
  /** Unfinished orders that the reconciler advances, by their status. */
  readonly inFlight: Map<string, number>;
  /** Unfinished orders that wait for a manual retry. */
  parked: number;
  /** Pairs that had a difference only because they changed while they were read. */
  transient: number;
  /** Differences by the name of the rule. */
  readonly differences: Map<string, number>;
}

/** Resolves when the differences are handled, so that they do not pile up in memory. */
type ReportDifferences = (differences: readonly PairDifference[]) => Promise<void> | void;

/**
 * Compares the two databases, which may change meanwhile, and reports every difference.
 *
 * The two snapshots are not of the same moment. Inventory's is taken first. An order is written before
 * Inventory receives its reservation, so everything that is held in the first snapshot has its order in
 * the second one. The only pairs that may legitimately differ are those that completed a transition
 * between the two snapshots. They are read again.
 */
export const compareDatabases = (
  { inventory: inventoryTarget, orders: ordersTarget, atRest, pause = sleep }: ComparisonOptions,
  report: ReportDifferences,
): Promise<Comparison> =>
  withReader(inventoryTarget, (inventoryNow) =>
    withReader(ordersTarget, (ordersNow) =>
      withSnapshot(inventoryTarget, (inventory) =>
        withSnapshot(ordersTarget, async (orders) => {
          const context = {
            horizon: await readHorizon(inventory),
            othersUseUuids: await readOthersUseUuids(inventory),
            atRest,
          };
          // The first query of a transaction takes its snapshot.
          await orders.query('select');
          const comparison = emptyComparison();
          const suspects: Pair[] = [];
          const recheck = async () => {
            const read = (ids: readonly string[]) => readPairs(inventoryNow, ordersNow, ids);
            const confirmed = await confirmDifferences(suspects.splice(0), {
              context,
              read,
              pause,
              comparison,
            });
            for (const { name } of confirmed) increment(comparison.differences, name);
            if (confirmed.length > 0) await report(confirmed);
          };
          for await (const pair of pairsOf(inventory, orders)) {
            countPair(comparison, pair);
            if (differencesIn(pair, context).length > 0) suspects.push(pair);
            if (suspects.length >= MAX_SUSPECTS) await recheck();
          }
          await recheck();
          return comparison;
        }),
      ),
    ),
  );

const emptyComparison = (): Comparison => ({
  orders: 0,
  reservations: 0,
  inFlight: new Map(),
  parked: 0,
  transient: 0,
  differences: new Map(),
});

const increment = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

const countPair = (comparison: Comparison, { order, reservation }: Pair): void => {
  if (reservation) comparison.reservations += 1;
  if (!order) return;
  comparison.orders += 1;
  if (order.isParked) comparison.parked += 1;
  else if (isUnfinished(order)) increment(comparison.inFlight, order.status);
};

interface RecheckOptions {
  readonly context: PairContext;
  readonly read: (ids: readonly string[]) => Promise<Pair[]>;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly comparison: Comparison;
}

/**
 * Returns the differences that are not transient. A pair that differs in two reads without a change
 * between them is a real difference. Every read takes Inventory first, and a reservation never returns
 * to an earlier state. So at the time of the first read of Orders, the reservation was what it was
 * before and after, and the two did contradict each other. A pair that changed is read again, up to
 * MAX_RECHECKS times.
 */
const confirmDifferences = async (
  suspects: readonly Pair[],
  { context, read, pause, comparison }: RecheckOptions,
): Promise<PairDifference[]> => {
  const confirmed: PairDifference[] = [];
  let changing = new Map(suspects.map((pair) => [pair.id, pair]));
  for (let recheck = 0; changing.size > 0 && recheck < MAX_RECHECKS; recheck += 1) {
    await pause(RECHECK_INTERVAL_MS);
    const stillDifferent = new Map<string, Pair>();
    for (const pair of await read([...changing.keys()])) {
      const differences = differencesIn(pair, context);
      const before = changing.get(pair.id);
      if (differences.length === 0) comparison.transient += 1;
      else if (before && isUnchanged(before, pair)) confirmed.push(...differences);
      else stillDifferent.set(pair.id, pair);
    }
    changing = stillDifferent;
  }
  comparison.transient += changing.size;
  return confirmed;
};

const isUnchanged = (before: Pair, now: Pair): boolean =>
  JSON.stringify([before.order, before.reservation]) ===
  JSON.stringify([now.order, now.reservation]);
