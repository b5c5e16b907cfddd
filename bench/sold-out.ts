import type { Ours } from './ours';
import { giveStock } from './stock';

export const SOLD_OUT = ['sold-out'] as const;

/** Sells the only one there is, so that whoever comes next comes too late. */
export const sellOut = async ({ databases, orders }: Ours): Promise<void> => {
  await giveStock(databases.inventory, SOLD_OUT, 1);
  const { status } = await fetch(`${orders.url}/v1/orders`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ userId: 'bench', sku: SOLD_OUT[0], quantity: 1 }),
  });
  if (status !== 201) throw new Error(`The last one could not be sold: ${status}`);
};
