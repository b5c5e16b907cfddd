import { uuidv7 } from 'uuidv7';
import type { TestDatabase } from '../harness/databases';
import { eventually } from '../harness/wait';
import { type InventoryInstance, one, startInProcessInventories } from './in-process-inventories';

const HOUR_MS = 3_600_000;
const MONTH_MS = 720 * HOUR_MS;

/** Reduced holds in every state, and a SKU that becomes low. */
const createReductions = async ({ reservations, adjustments, thresholds }: InventoryInstance) => {
  const delivery = { reason: 'delivery', actor: 'test', expectedOnHand: null };
  for (const sku of ['mint', 'tea']) {
    const change = { id: `${sku}-delivery`, sku, change: { delta: 50 }, allowShortfall: false };
    await adjustments.adjust({ ...delivery, ...change });
  }
  await thresholds.set('mint', { lowAt: 49, replenishedAt: 60 });
  await reservations.create('reduced', [...one('mint', 2), ...one('tea', 6)]);
  await reservations.reduce('reduced', one('tea', 5));
  await reservations.reduce('reduced', one('tea', 3));
  for (const id of ['reduced-committed', 'reduced-released']) {
    await reservations.create(id, [...one('mint'), ...one('tea', 2)]);
    await reservations.reduce(id, one('tea'));
  }
  await reservations.commit('reduced-committed');
  await reservations.release('reduced-released');
  await reservations.create('reduced-expired', one('tea', 2), 200);
  await reservations.reduce('reduced-expired', one('tea'));
  await eventually('it expires', async () => {
    const { state } = await reservations.get('reduced-expired');
    return state === 'EXPIRED';
  });
};

/** `corruptions` counts on what is here: on each movement's number and on each reservation's id. */
const createHistory = async ({
  stock,
  reservations,
  adjustments,
  decisions,
}: InventoryInstance) => {
  const adjustment = { reason: 'count', actor: 'test', expectedOnHand: null };
  await stock.seed([
    { sku: 'burger', onHand: 100 },
    { sku: 'pizza', onHand: 10 },
  ]);
  const delivery = { ...adjustment, id: 'delivery', sku: 'cola', allowShortfall: false };
  await adjustments.adjust({ ...delivery, change: { delta: 5 } });
  await reservations.create('held', [...one('burger', 2), ...one('pizza')], HOUR_MS);
  await reservations.create('extended', one('burger'), HOUR_MS);
  await reservations.extend('extended', null);
  await reservations.create('committed', one('burger', 4), HOUR_MS);
  await reservations.commit('committed');
  await reservations.take({ sku: 'burger', quantity: 3 }, 'taken');
  await reservations.create('released', one('burger'));
  await reservations.release('released');
  await reservations.create('expired', one('cola'), 1);
  await eventually('it expires', async () => {
    const { state } = await reservations.get('expired');
    return state === 'EXPIRED';
  });
  await reservations.create('rejected', [...one('pizza', 99), ...one('salad')]);
  await reservations.release('tombstone');
  await reservations.release(uuidv7());
  await decisions.pruneTombstones(MONTH_MS);
  await reservations.create('short', one('pizza', 5));
  const loss = { ...adjustment, id: 'loss', sku: 'pizza', allowShortfall: true };
  await adjustments.adjust({ ...loss, change: { setOnHand: 3 } });
};

/** Returns a database with every kind of history of Inventory, written by the service. */
export const createInventoryHistory = async (): Promise<TestDatabase> => {
  const inventories = await startInProcessInventories();
  await createHistory(inventories.here);
  await createReductions(inventories.here);
  await inventories.disconnect();
  return inventories.database;
};
