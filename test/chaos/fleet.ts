import { join } from 'node:path';
import { ensureBuilt } from '../../tools/build';
import { asRole, INVENTORY_ROLE } from '../../tools/launch-settings';
import { findFreePort } from '../../tools/ports';
import { newInventory, newOrders } from '../harness/services';
import { TcpProxy } from '../harness/tcp-proxy';
import { Cluster } from './cluster';
import type { Databases } from './cross-check';
import { Member, type OnDeath } from './member';
import { type MemberName, MEMBERS, type ProxyName, PROXIES } from './schedule';

const PRELOAD = join(__dirname, 'at-failpoint.cjs');
const OPTIONS = { nodeArguments: ['--require', PRELOAD], maxLogLength: 20_000 };

type Env = Readonly<Record<string, string>>;

/** Longer than by default, so that a busy machine does not turn every 201 into a 202. */
const PATIENT = { ORDERS_INVENTORY_TIMEOUT_MS: '1000' };

const TWINS = {
  'orders-1': 'orders-2',
  'orders-2': 'orders-1',
  'inventory-1': 'inventory-2',
  'inventory-2': 'inventory-1',
} as const satisfies Record<MemberName, MemberName>;

const withPort = (url: string, port: number): string =>
  Object.assign(new URL(url), { port: String(port) }).href;

/** Both services, two processes of each, and a bad network between all of them. */
export class Fleet {
  private isCrashing = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly members: ReadonlyMap<MemberName, Member>,
    private readonly proxies: ReadonlyMap<ProxyName, TcpProxy>,
    readonly urls: readonly string[],
  ) {}

  /** `onDeath` hears of a process that ends though nobody did anything to it. */
  static async start(ordersEnv: Env, onDeath: OnDeath): Promise<Fleet> {
    await ensureBuilt({ log: console.log });
    const cluster = await Cluster.start();
    let fleet: Fleet | undefined;
    try {
      await cluster.prepare();
      fleet = await assemble(cluster, ordersEnv, onDeath);
      await fleet.heal();
      return fleet;
    } catch (error) {
      await (fleet ?? cluster).stop();
      throw error;
    }
  }

  get databases(): Databases {
    return this.cluster.databases;
  }

  member(name: MemberName): Member {
    const member = this.members.get(name);
    if (!member) throw new Error(`There is no ${name}`);
    return member;
  }

  /** It, or else the other instance of its service: whichever is under no fault now. */
  freeMember(name: MemberName): Member | undefined {
    const twin = TWINS[name];
    return [this.member(name), this.member(twin)].find((member) => member.canBeFaulted);
  }

  proxy(name: ProxyName): TcpProxy {
    const proxy = this.proxies.get(name);
    if (!proxy) throw new Error(`There is no proxy before ${name}`);
    return proxy;
  }

  /** Gives false, and does nothing, while another crash is under way. */
  async crashPostgres(): Promise<boolean> {
    if (this.isCrashing) return false;
    this.isCrashing = true;
    try {
      await this.cluster.crash();
    } finally {
      this.isCrashing = false;
    }
    return true;
  }

  /** Everything runs, and the network is as good as new. Only when no fault is under way. */
  async heal(): Promise<void> {
    await Promise.all(PROXIES.map((name) => this.proxy(name).become('pass')));
    await Promise.all(
      [...this.members.values()].map(async (member) => {
        if (!member.isRunning) await member.fault(() => Promise.resolve());
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.members.values()].map((member) => member.stop('SIGKILL')));
    await Promise.all([...this.proxies.values()].map((proxy) => proxy.close()));
    await this.cluster.stop();
  }
}

/** Makes all of it; nothing runs yet but Postgres and the network. */
const assemble = async (cluster: Cluster, ordersEnv: Env, onDeath: OnDeath): Promise<Fleet> => {
  const { ordersUrl, inventoryUrl } = cluster.databases;
  const proxies = new Map<ProxyName, TcpProxy>();
  const through = async (name: ProxyName, targetPort: number): Promise<number> => {
    const proxy = await TcpProxy.before(targetPort, await findFreePort());
    proxies.set(name, proxy);
    return proxy.port;
  };
  const env = { LOG_LEVEL: 'warn', INVENTORY_MIGRATE_ON_START: 'false' };
  const ownerUrl = withPort(inventoryUrl, await through('inventory-database', cluster.port));
  const urls = { ownerUrl, url: asRole(ownerUrl, INVENTORY_ROLE) };
  const one = await newInventory(urls, env, OPTIONS);
  const other = await newInventory(urls, env, OPTIONS);
  // Both instances of Orders know both of Inventory.
  const addresses = [
    `127.0.0.1:${await through('inventory-1', one.port)}`,
    `127.0.0.1:${await through('inventory-2', other.port)}`,
  ].join();
  const url = withPort(ordersUrl, await through('orders-database', cluster.port));
  const allOrdersEnv = {
    LOG_LEVEL: 'warn',
    ORDERS_MIGRATE_ON_START: 'false',
    ...PATIENT,
    ...ordersEnv,
  };
  const here = await newOrders(url, addresses, allOrdersEnv, OPTIONS);
  const there = await newOrders(url, addresses, allOrdersEnv, OPTIONS);
  const processes = {
    'orders-1': here,
    'orders-2': there,
    'inventory-1': one,
    'inventory-2': other,
  };
  const members = new Map(
    MEMBERS.map((name) => [name, new Member(name, processes[name], onDeath)] as const),
  );
  return new Fleet(cluster, members, proxies, [here.url, there.url]);
};
