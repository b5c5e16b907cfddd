import type { ServiceCluster } from '../test/harness/service-cluster';
import { givenStock } from '../test/harness/stock';

export const SOLD_OUT = ['sold-out'] as const;

/** Creates a SKU with one unit and sells it, so that every later order is rejected. */
export const createSoldOutSku = async ({
  inventoryDatabase,
  client,
}: ServiceCluster): Promise<void> => {
  await givenStock(inventoryDatabase, SOLD_OUT, 1);
  const { status } = await client.place({ userId: 'bench', sku: SOLD_OUT[0], quantity: 1 });
  if (status !== 201) throw new Error(`The only unit could not be sold: ${status}`);
};
