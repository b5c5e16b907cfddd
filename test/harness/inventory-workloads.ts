/** Concurrent workloads for two Inventory processes: small in `npm test`, large in `test:long`. */
import { ReservationState } from '@app/contracts';
import type { InventoryRpc } from './inventory-client';
import { ServiceCluster } from './service-cluster';
import type { Env } from './services';
import { givenStock } from './stock';
import { times } from './wait';

/** Starts two Inventory processes on one database, without Orders. */
export const startTwoInventories = (env: Env = {}): Promise<ServiceCluster> =>
  ServiceCluster.start({ inventories: 2, orders: 0, env });

/** 1,000 buyers compete for one unit, half of them at each process. Returns how many hold it. */
export const buyersOfOneUnit = async (cluster: ServiceCluster, round: number): Promise<number> => {
  const sku = `last-${round}`;
  await givenStock(cluster.inventoryDatabase, sku, 1);
  const answers = await Promise.all(
    times(1_000, (index) =>
      cluster.inventoryClientOf(index % 2).createReservation({
        reservationId: `${sku}-${index}`,
        lines: [{ sku, quantity: 1 }],
      }),
    ),
  );
  const { RESERVATION_STATE_HELD: held } = ReservationState;
  return answers.filter(({ reservation }) => reservation?.state === held).length;
};

const SKUS = times(12, (index) => `sku-${index}`);
const MAX_CONCURRENCY = 64;

/** Runs `work` for each index with bounded concurrency. */
const forEachOf = async (count: number, work: (index: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(times(MAX_CONCURRENCY, worker));
};

/**
 * Baskets of 1 to 6 lines out of 12 SKUs, in any order, at both processes; then each is committed,
 * released or kept. Returns all errors that a caller got and the number of held baskets.
 */
export const randomBaskets = async (
  cluster: ServiceCluster,
  count: number,
): Promise<{ errors: unknown[]; held: number }> => {
  for (const sku of SKUS) await givenStock(cluster.inventoryDatabase, sku, Math.ceil(count / 5));
  const errors: unknown[] = [];
  let held = 0;
  await forEachOf(count, async (index) => {
    const pick = (): InventoryRpc => cluster.inventoryClientOf(Math.random() < 0.5 ? 0 : 1);
    const reservationId = `basket-${index}`;
    const lines = times(1 + Math.floor(Math.random() * 6), () => ({
      sku: SKUS[Math.floor(Math.random() * SKUS.length)] ?? '',
      quantity: 1 + Math.floor(Math.random() * 3),
    }));
    const fate = Math.random();
    try {
      const { reservation } = await pick().createReservation({ reservationId, lines });
      if (reservation?.state !== ReservationState.RESERVATION_STATE_HELD) return;
      held += 1;
      if (fate < 0.4) await pick().commitReservation({ reservationId });
      else if (fate < 0.8) await pick().releaseReservation({ reservationId });
    } catch (error) {
      errors.push(error);
    }
  });
  return { errors, held };
};
