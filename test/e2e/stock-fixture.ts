import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliProcess, type CliResult } from '../harness/cli-process';
import { ServiceCluster } from '../harness/service-cluster';

/** An Inventory, the stock command that calls it, and a folder for its files. */
export class StockFixture {
  private constructor(
    readonly cluster: ServiceCluster,
    readonly folder: string,
  ) {}

  static async start(): Promise<StockFixture> {
    const folder = await mkdtemp(join(tmpdir(), 'quickbite-stock-'));
    return new StockFixture(await ServiceCluster.start({ orders: 0 }), folder);
  }

  async stop(): Promise<void> {
    await this.cluster.stop();
    await rm(this.folder, { recursive: true });
  }

  start(...args: string[]): CliProcess {
    return new CliProcess(['stock', ...args, '--address', this.cluster.inventory.address]);
  }

  run(...args: string[]): Promise<CliResult> {
    return this.start(...args).ended();
  }

  /** Writes a CSV file and returns its path. */
  async writeCsv(name: string, header: string, lines: readonly string[]): Promise<string> {
    const path = join(this.folder, name);
    await writeFile(path, [header, ...lines, ''].join('\n'));
    return path;
  }

  /** Returns the units on hand of all SKUs with this prefix. */
  async onHandOf(prefix: string): Promise<Map<string, number>> {
    const rows = await this.cluster.inventoryDatabase.query<{ sku: string; on_hand: number }>(
      'select sku, on_hand from stock_level where sku like $1',
      [`${prefix}-%`],
    );
    return new Map(rows.map(({ sku, on_hand }) => [sku, on_hand]));
  }

  /** Returns the number of movements of all SKUs with this prefix. */
  async movementsOf(prefix: string): Promise<number> {
    const [row] = await this.cluster.inventoryDatabase.query<{ count: number }>(
      'select count(*)::int as count from stock_movement where sku like $1',
      [`${prefix}-%`],
    );
    return row?.count ?? 0;
  }

  adjust(sku: string, delta: number) {
    return this.cluster.inventoryClient.adjustStock({
      adjustmentId: `test:${sku}:${delta}`,
      sku,
      delta,
      reason: 'test',
      actor: 'test',
      allowShortfall: false,
    });
  }

  hold(sku: string, quantity: number) {
    return this.cluster.inventoryClient.createReservation({
      reservationId: `hold-${sku}`,
      lines: [{ sku, quantity }],
    });
  }
}
