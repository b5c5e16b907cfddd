import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgres } from '../../tools/embedded-postgres';
import { asRole, INVENTORY_ROLE } from '../../tools/launch-settings';
import { findFreePort } from '../../tools/ports';
import { removeHome } from '../../tools/postgres-home';
import { newInventory, newOrders } from '../support/service-process';
import { eventually } from '../support/wait';

/** Enough for each example of the documentation to be ordered once. */
const STOCK = { INVENTORY_SEED_STOCK: 'burger=5,pizza=10' };
/** So that a busy machine does not turn a 201 into a 202. */
const PATIENT = { ORDERS_INVENTORY_TIMEOUT_MS: '5000' };

/**
 * Both built services on empty databases, for as long as `work` takes. Whatever happens, all that
 * was started has ended afterwards, and its files are gone.
 */
export async function withSystem<Result>(
  signal: AbortSignal,
  work: (ordersUrl: string) => Promise<Result>,
): Promise<Result> {
  const directory = join(tmpdir(), `quickbite-browser-${randomUUID()}`);
  const endings: (() => Promise<unknown>)[] = [() => removeHome(directory)];
  try {
    const postgres = await startPostgres({ directory, port: await findFreePort() });
    endings.unshift(() => postgres.stop('immediate'));
    for (const name of ['inventory', 'orders']) await postgres.createDatabase(name);
    signal.throwIfAborted();
    const ownerUrl = postgres.url('inventory');
    const url = asRole(ownerUrl, INVENTORY_ROLE);
    const inventory = await newInventory({ url, ownerUrl }, STOCK);
    const orders = await newOrders(postgres.url('orders'), inventory.address, PATIENT);
    endings.unshift(() => Promise.all([orders.stop(), inventory.stop()]));
    await Promise.all([inventory.start(), orders.start()]);
    await eventually('Orders has found Inventory', () => {
      signal.throwIfAborted();
      return seesInventory(orders.url);
    });
    return await work(orders.url);
  } finally {
    for (const end of endings) await end();
  }
}

async function seesInventory(ordersUrl: string): Promise<boolean> {
  const answer = await fetch(`${ordersUrl}/health/ready`);
  const { inventory } = (await answer.json()) as { inventory?: string };
  return inventory === 'up';
}
