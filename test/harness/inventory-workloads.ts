/** What many callers do to two Inventory processes at once. Small in `npm test`, large in `test:long`. */
import { ReservationState } from '@app/contracts';
import { cloneDatabase, type TestDatabase } from './databases';
import { type InventoryRpc, connectInventory } from './inventory-client';
import { givenStock } from './stock';
import { newInventory } from './services';
import { times } from './wait';

type InventoryProcess = Awaited<ReturnType<typeof newInventory>>;

/** Two Inventory processes on one database, and a client of each. */
export interface InventoryProcesses {
  readonly database: TestDatabase;
  readonly processes: readonly [InventoryProcess, InventoryProcess];
  readonly calls: readonly [InventoryRpc, InventoryRpc];
  stop(): Promise<void>;
}

export const startInventoryProcesses = async (
  env: Record<string, string> = {},
): Promise<InventoryProcesses> => {
  const database = await cloneDatabase('inventory');
  const processes = [await newInventory(database, env), await newInventory(database, env)] as const;
  await Promise.all(processes.map((process) => process.start()));
  const calls = [patientClient(processes[0].address), patientClient(processes[1].address)] as const;
  return {
    database,
    processes,
    calls,
    stop: async () => {
      for (const client of calls) client.close();
      await Promise.all(processes.map((process) => process.stop()));
      await database.drop();
    },
  };
};

/** One that finds its process again as soon as it is back. */
const patientClient = (address: string): InventoryRpc => {
  const backoff = { 'grpc.initial_reconnect_backoff_ms': 50, 'grpc.max_reconnect_backoff_ms': 100 };
  return connectInventory(address, backoff, true);
};

/** A thousand buyers of one unit, half of them at each process. Gives how many hold it. */
export const buyersOfOneUnit = async (
  { database, calls }: InventoryProcesses,
  round: number,
): Promise<number> => {
  const sku = `last-${round}`;
  await givenStock(database, sku, 1);
  const answers = await Promise.all(
    times(1_000, (index) =>
      calls[index % 2 ? 1 : 0].createReservation({
        reservationId: `${sku}-${index}`,
        lines: [{ sku, quantity: 1 }],
      }),
    ),
  );
  const { RESERVATION_STATE_HELD: held } = ReservationState;
  return answers.filter(({ reservation }) => reservation?.state === held).length;
};

const SKUS = times(12, (index) => `sku-${index}`);
const AT_ONCE = 64;

/** Runs `work` for each index, so many at a time. */
const forEachOf = async (count: number, work: (index: number) => Promise<void>): Promise<void> => {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(times(AT_ONCE, worker));
};

/**
 * Baskets of 1 to 6 lines out of 12 SKUs, in any order, at both processes; then each is committed,
 * released or left. Gives the codes of all errors that a caller saw.
 */
export const randomBaskets = async (
  { database, calls }: InventoryProcesses,
  count: number,
): Promise<{ errors: unknown[]; held: number }> => {
  for (const sku of SKUS) await givenStock(database, sku, Math.ceil(count / 5));
  const errors: unknown[] = [];
  let held = 0;
  await forEachOf(count, async (index) => {
    const pick = (): InventoryRpc => calls[Math.random() < 0.5 ? 0 : 1];
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
