import { cloneDatabase, type TestDatabase } from '../test/harness/databases';
import { type ProcessOptions } from '../test/harness/service-process';
import { newInventory, newOrders } from '../test/harness/services';
import { eventually, times } from '../test/harness/wait';
import type { Bench } from './bench';

type Inventory = Awaited<ReturnType<typeof newInventory>>;
type Orders = Awaited<ReturnType<typeof newOrders>>;

export interface OursOptions {
  readonly inventories?: 1 | 2;
  readonly withOrders?: boolean;
  readonly databases?: Databases;
  readonly processes?: ProcessOptions;
}

export interface Databases {
  readonly inventory: TestDatabase;
  readonly orders: TestDatabase;
}

/** What they log goes to a pipe that is read: that costs them, and their baselines, what it always does. */
export const KEEP: ProcessOptions = { maxLogLength: 100_000 };

/** Both databases with their tables, dropped at the end of the scenario. */
export const newDatabases = async (bench: Bench): Promise<Databases> => {
  const [inventory, orders] = [await cloneDatabase('inventory'), await cloneDatabase('orders')];
  // What they have to be is looked at by the audit, whose findings are part of the result.
  for (const database of [inventory, orders]) bench.atEnd(() => database.drop('broken'));
  return { inventory, orders };
};

/** Our services as anybody gets them who sets nothing but where the others are. */
export class Ours {
  private constructor(
    readonly inventories: readonly Inventory[],
    private readonly ordersProcess: Orders | undefined,
    readonly databases: Databases,
  ) {}

  static async start(bench: Bench, options: OursOptions = {}): Promise<Ours> {
    const { inventories: count = 1, withOrders = true, processes = KEEP } = options;
    const databases = options.databases ?? (await newDatabases(bench));
    const inventories = await Promise.all(
      times(count, () => newInventory(databases.inventory, {}, processes)),
    );
    const addresses = inventories.map(({ address }) => address);
    const orders = withOrders
      ? await newOrders(databases.orders.url, addresses.join(','), {}, processes)
      : undefined;
    const ours = new Ours(inventories, orders, databases);
    for (const process of [...inventories, ...(orders ? [orders] : [])]) {
      bench.atEnd(() => process.stop());
      await process.start();
    }
    if (orders) await ours.untilInventoryIsFound();
    return ours;
  }

  get orders(): Orders {
    if (!this.ordersProcess) throw new Error('Orders does not run');
    return this.ordersProcess;
  }

  get hasOrders(): boolean {
    return this.ordersProcess !== undefined;
  }

  /** host:port of Orders. */
  get ordersAddress(): string {
    return new URL(this.orders.url).host;
  }

  /** host:port of each Inventory. */
  get inventoryAddresses(): readonly string[] {
    return this.inventories.map(({ address }) => address);
  }

  /** Waits until no order is unfinished. */
  async untilRest(): Promise<void> {
    await eventually(
      'every order has ended',
      async () => {
        const unfinished = await this.databases.orders.query(
          `select from orders where status in ('PENDING', 'CANCELLING', 'FULFILLING') limit 1`,
        );
        return unfinished.length === 0;
      },
      30_000,
    );
  }

  private async untilInventoryIsFound(): Promise<void> {
    await eventually('Orders has found Inventory', async () => {
      const answer = await fetch(`${this.orders.url}/health/ready`);
      return ((await answer.json()) as { inventory?: string }).inventory === 'up';
    });
  }
}
