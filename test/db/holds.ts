import type { TestDatabase } from '../harness/databases';
import type { InventoryInstance } from './in-process-inventories';

/** Expires all due holds, as the sweeper does. */
export const sweepAll = async ({ decisions }: InventoryInstance): Promise<void> => {
  while (await decisions.expireDue()) continue;
};

/** Returns the recorded state of a reservation, without expiring it. */
export const recordedState = async (
  database: TestDatabase,
  id: string,
): Promise<string | undefined> => {
  const [row] = await database.query<{ state: string }>(
    'select state from reservation where id = $1',
    [id],
  );
  return row?.state;
};

/** Returns the kinds of a reservation's movements, in the order of SKU and sequence number. */
export const movementKinds = async (
  { ledger }: InventoryInstance,
  reservationId: string,
): Promise<string[]> => {
  const { items } = await ledger.page({ reservationId, afterSeq: 0, limit: 100 });
  return items.map(({ kind }) => kind);
};
