import { findFreePort } from '../../tools/ports';
import { cloneDatabase, type TestDatabase } from './databases';
import { TcpProxy } from './tcp-proxy';

export interface ClusterDatabases {
  readonly inventory: TestDatabase;
  readonly orders: TestDatabase;
}

/** Returns new databases with the tables of both services. */
export const cloneDatabases = async (): Promise<ClusterDatabases> => ({
  inventory: await cloneDatabase('inventory'),
  orders: await cloneDatabase('orders'),
});

/**
 * How the services of a cluster reach each other and their databases: directly or through proxies. The
 * services get no password of an owner, because nothing is to be migrated.
 */
export class ClusterNetwork {
  private readonly proxies = new Map<string, TcpProxy>();

  private constructor(
    private readonly hasProxies: boolean,
    /** As Inventory reaches its database. */
    public inventoryDatabaseUrl: string,
    /** As Orders reaches its database. */
    public ordersDatabaseUrl: string,
  ) {}

  /** Puts a proxy before each database, where there are proxies. */
  static async create(
    { inventory, orders }: ClusterDatabases,
    hasProxies: boolean,
  ): Promise<ClusterNetwork> {
    const network = new ClusterNetwork(
      hasProxies,
      throughPooler(inventory.url),
      throughPooler(orders.url),
    );
    if (!hasProxies) return network;
    network.inventoryDatabaseUrl = await network.throughProxy(
      'inventory-database',
      network.inventoryDatabaseUrl,
    );
    network.ordersDatabaseUrl = await network.throughProxy(
      'orders-database',
      network.ordersDatabaseUrl,
    );
    return network;
  }

  /** Returns `host:port` at which others reach a port of this machine. */
  async addressOf(name: string, port: number): Promise<string> {
    if (!this.hasProxies) return `127.0.0.1:${port}`;
    const proxy = await TcpProxy.before(port, await findFreePort());
    this.proxies.set(name, proxy);
    return `127.0.0.1:${proxy.port}`;
  }

  proxy(name: string): TcpProxy {
    const proxy = this.proxies.get(name);
    if (!proxy) throw new Error(`There is no proxy before ${name}`);
    return proxy;
  }

  /** Lets all traffic pass again. */
  async reset(): Promise<void> {
    await Promise.all([...this.proxies.values()].map((proxy) => proxy.become('pass')));
  }

  async close(): Promise<void> {
    await Promise.all([...this.proxies.values()].map((proxy) => proxy.close()));
  }

  private async throughProxy(name: string, url: string): Promise<string> {
    const host = await this.addressOf(name, Number(new URL(url).port));
    return Object.assign(new URL(url), { host }).href;
  }
}

/** With `npm run test:pooler` services reach their databases through the pooler. */
const throughPooler = (url: string): string => {
  const { TEST_POOLER_PORT: port } = process.env;
  return port === undefined ? url : Object.assign(new URL(url), { port }).href;
};
