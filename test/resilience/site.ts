import { readFile } from 'node:fs/promises';
import type { EmbeddedPostgres, StopMode } from '../../tools/embedded-postgres';
import { startPostgres } from '../../tools/embedded-postgres';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { differencesAtRest } from '../harness/verify-databases';
import { givenStock } from '../harness/stock';
import { newInventory, newOrders } from '../harness/services';
import startSharedPostgres, { shared } from '../harness/start-postgres';
import stopSharedPostgres from '../harness/stop-postgres';
import { eventually, times } from '../harness/wait';
import { type Figure, zero } from '../harness/figures';

/** Of what is wrong, the first say enough. */
const SHOWN = 3;

export type Inventory = Awaited<ReturnType<typeof newInventory>>;
export type Orders = Awaited<ReturnType<typeof newOrders>>;

/** Both services as processes, one or two of each, with the settings that they have by default. */
export class Site {
  private constructor(
    readonly inventories: readonly Inventory[],
    readonly orders: readonly Orders[],
    readonly ordersDatabase: TestDatabase,
    readonly inventoryDatabase: TestDatabase,
  ) {}

  static async start(ofEach: 1 | 2, env: Record<string, string> = {}): Promise<Site> {
    const inventoryDatabase = await cloneDatabase('inventory');
    const ordersDatabase = await cloneDatabase('orders');
    const quiet = { LOG_LEVEL: 'warn', ...env };
    const inventories = await Promise.all(
      times(ofEach, () => newInventory(inventoryDatabase, quiet)),
    );
    const addresses = inventories.map(({ address }) => address).join(',');
    const orders = await Promise.all(
      times(ofEach, () => newOrders(ordersDatabase.url, addresses, quiet)),
    );
    await Promise.all([...inventories, ...orders].map((one) => one.start()));
    const site = new Site(inventories, orders, ordersDatabase, inventoryDatabase);
    await site.untilInventoryIs('up');
    return site;
  }

  get first(): { readonly orders: Orders; readonly inventory: Inventory } {
    const [orders] = this.orders;
    const [inventory] = this.inventories;
    if (!orders || !inventory) throw new Error('There is nothing at this site');
    return { orders, inventory };
  }

  async stock(skus: readonly string[], units: number): Promise<void> {
    for (const sku of skus) await givenStock(this.inventoryDatabase, sku, units);
  }

  /** Waits until Orders knows that; gives the moment. */
  async untilInventoryIs(state: 'up' | 'down'): Promise<number> {
    await eventually(`Orders knows that Inventory is ${state}`, async () => {
      const found = await Promise.all(
        this.orders.map(async ({ url }) => {
          const answer = await fetch(`${url}/health/ready`);
          return ((await answer.json()) as { inventory?: string }).inventory;
        }),
      );
      return found.every((one) => one === state);
    });
    return performance.now();
  }

  /** Waits until no order is unfinished; gives how many there are of each status. */
  async untilRest(withinMs = 60_000): Promise<Readonly<Record<string, number>>> {
    const counts = () =>
      this.ordersDatabase.query<{ status: string; count: number }>(
        'select status, count(*)::int from orders group by status',
      );
    const unfinished = new Set(['PENDING', 'CANCELLING', 'FULFILLING']);
    const found = await eventually(
      'every order has ended',
      async () => {
        const rows = await counts();
        return rows.some(({ status }) => unfinished.has(status)) ? undefined : rows;
      },
      withinMs,
    );
    return Object.fromEntries(found.map(({ status, count }) => [status, count]));
  }

  /** Waits until all is at rest, and ends it; gives what `npm run verify` then finds in what is left. */
  async end(): Promise<Figure> {
    await this.untilRest();
    await Promise.all([...this.orders, ...this.inventories].map((one) => one.stop()));
    const both = { orders: this.ordersDatabase, inventory: this.inventoryDatabase };
    const lines = await differencesAtRest(both);
    for (const line of lines.slice(0, SHOWN)) console.error(`verify: ${line}`);
    // They have been looked at, and what was found is part of the result.
    await Promise.all([both.orders.drop('broken'), both.inventory.drop('broken')]);
    return zero('differences that `verify` finds', lines.length);
  }
}

/** Runs `work` while there is a Postgres, which it may restart. */
export const withPostgres = async <Result>(
  work: (postgres: RestartablePostgres) => Promise<Result>,
): Promise<Result> => {
  await startSharedPostgres();
  const started = await shared.quickbitePostgres;
  if (!started) throw new Error('There is no Postgres');
  try {
    return await work(new RestartablePostgres(started.postgres, started.directory));
  } finally {
    await stopSharedPostgres();
  }
};

export class RestartablePostgres {
  constructor(
    private readonly postgres: EmbeddedPostgres,
    private readonly directory: string,
  ) {}

  /** Gives the moment at which it takes connections again. */
  async restart(mode: StopMode): Promise<number> {
    await this.postgres.stop(mode);
    const settings = { max_connections: 300 };
    await startPostgres({ directory: this.directory, port: this.postgres.port, settings });
    return performance.now();
  }
}

/** Resident memory of a process in MB. NaN where the platform does not tell it. */
export const memoryMbOf = async (pid: number | undefined): Promise<number> => {
  const text = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(text) ?? [];
  return kb === undefined ? Number.NaN : Math.round(Number(kb) / 1_024);
};
