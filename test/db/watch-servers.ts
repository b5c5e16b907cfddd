import { setTimeout as sleep } from 'node:timers/promises';
import { AdjustmentService } from '../../apps/inventory/src/adjustment/adjustment.service';
import { LedgerRepository } from '../../apps/inventory/src/stock/ledger.repository';
import type { WatchSettings } from '../../apps/inventory/src/watch/watch-settings';
import { cloneDatabase, type TestDatabase } from '../harness/databases';
import { type InventoryRpc, connectInventory } from '../harness/inventory-client';
import { type InventoryServer, inventoryServer } from './inventory-server';
import type { StockWatch } from '../harness/stock-watch';
import { eventually, times } from '../harness/wait';

/** Small pages and few cached movements, so that watchers often change from one to the other. */
export const QUICK = {
  pollMs: 20,
  verifyMs: 100,
  heartbeatMs: 200,
  maxCachedMovements: 2_000,
  maxPollMovements: 200,
  maxPageMovements: 20,
  outageToleranceMs: 60_000,
} satisfies Partial<WatchSettings>;

/** Limits that a test reaches at once. */
export const STRICT = {
  pollMs: 20,
  drainMs: 300,
  outageToleranceMs: 300,
  shutdownTimeoutMs: 300,
  maxWatchers: 3,
  maxSkus: 4,
  maxUnknownSkus: 4,
} satisfies Partial<WatchSettings>;

/** An Inventory server with a client, and a spy on its reads of the ledger. */
interface WatchServer {
  readonly server: InventoryServer;
  readonly calls: InventoryRpc;
  readonly reads: jest.SpyInstance;
}

/** Inventory servers on one database, and the clients that are connected to them. */
export class WatchServers {
  private readonly clients: InventoryRpc[] = [];
  private readonly servers: InventoryServer[] = [];
  private adjustments = 0;

  private constructor(readonly database: TestDatabase) {}

  static async start(): Promise<WatchServers> {
    return new WatchServers(await cloneDatabase('inventory'));
  }

  async add(settings: Partial<WatchSettings>): Promise<WatchServer> {
    const server = await inventoryServer(this.database.url, settings);
    this.servers.push(server);
    const reads = jest.spyOn(server.app.get(LedgerRepository), 'listAfter');
    return { server, calls: this.connectTo(server), reads };
  }

  /** Connects a client with a connection of its own. `stop` closes it, which ends its watches. */
  connectTo({ address }: InventoryServer): InventoryRpc {
    const client = connectInventory(address, { 'grpc.use_local_subchannel_pool': 1 });
    this.clients.push(client);
    return client;
  }

  /** `as`: the database may have differences, because the test has rewritten its history. */
  async stop(as?: 'broken'): Promise<void> {
    for (const client of this.clients) client.close();
    await Promise.all(this.servers.map((server) => server.stop()));
    await this.database.drop(as);
  }

  /** Records `count` movements of one SKU. */
  async move(sku: string, count: number): Promise<void> {
    const [server] = this.servers;
    if (!server) throw new Error('No server was added');
    const service = server.app.get(AdjustmentService);
    await Promise.all(
      times(count, () =>
        service.adjust({
          id: `adjustment-${(this.adjustments += 1)}`,
          sku,
          change: { delta: 1 },
          expectedOnHand: null,
          allowShortfall: false,
          reason: 'test',
          actor: 'test',
        }),
      ),
    );
  }
}

/** Waits until the last change that each watch has received is that of `seq`. */
export const received = async (
  watches: StockWatch | readonly StockWatch[],
  sku: string,
  seq: number,
): Promise<void> => {
  const all = [watches].flat();
  await eventually(`every watch has received ${sku} ${seq}`, () => {
    const ended = all.find(({ end }) => end);
    if (ended) throw new Error(`The watch has ended: ${JSON.stringify(ended.end)}`);
    return all.every((watch) => watch.changes.at(-1)?.level?.seq === seq);
  });
};

/** Waits until no read, or no read with this limit, has been made for many polls. */
export const untilIdle = async (reads: jest.SpyInstance, limitEach?: number): Promise<void> => {
  const isCounted = ([, limit]: unknown[]) => limitEach === undefined || limit === limitEach;
  const count = () => reads.mock.calls.filter(isCounted).length;
  await eventually('nothing more is read', async () => {
    const before = count();
    await sleep(200);
    return count() === before;
  });
};

export const fromTo = (first: number, last: number): number[] =>
  times(last - first + 1, (index) => first + index);
