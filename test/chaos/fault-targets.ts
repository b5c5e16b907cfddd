import type { RestartablePostgres } from '../harness/postgres';
import { ServiceCluster } from '../harness/service-cluster';
import type { Env } from '../harness/services';
import { givenStock } from '../harness/stock';
import type { TcpProxy } from '../harness/tcp-proxy';
import { Member, type OnUnexpectedExit } from './member';
import { type MemberName, MEMBERS, type ProxyName } from './schedule';
import { STOCK } from './stock';

const MAX_LOG_LENGTH = 20_000;

const ENV: Env = {
  LOG_LEVEL: 'warn',
  INVENTORY_MIGRATE_ON_START: 'false',
  ORDERS_MIGRATE_ON_START: 'false',
  // Longer than by default, so that a busy machine does not turn every 201 into a 202.
  ORDERS_INVENTORY_TIMEOUT_MS: '1000',
};

const OTHER_INSTANCE = {
  'orders-1': 'orders-2',
  'orders-2': 'orders-1',
  'inventory-1': 'inventory-2',
  'inventory-2': 'inventory-1',
} as const satisfies Record<MemberName, MemberName>;

/** Everything that faults hit: two processes of each service, the network between all, and Postgres. */
export class FaultTargets {
  private isCrashing = false;

  private constructor(
    readonly cluster: ServiceCluster,
    private readonly postgres: RestartablePostgres,
    private readonly members: ReadonlyMap<MemberName, Member>,
  ) {}

  /** Calls `onUnexpectedExit` for a process that ends without a fault. */
  static async start(
    postgres: RestartablePostgres,
    env: Env,
    onUnexpectedExit: OnUnexpectedExit,
  ): Promise<FaultTargets> {
    const cluster = await ServiceCluster.create({
      inventories: 2,
      orders: 2,
      env: { ...ENV, ...env },
      process: { maxLogLength: MAX_LOG_LENGTH },
      withProxies: true,
      withFailpoints: true,
    });
    try {
      for (const [sku, units] of STOCK) await givenStock(cluster.inventoryDatabase, sku, units);
      const targets = new FaultTargets(cluster, postgres, membersOf(cluster, onUnexpectedExit));
      await targets.restore();
      return targets;
    } catch (error) {
      await cluster.stop({ verify: false });
      throw error;
    }
  }

  member(name: MemberName): Member {
    const member = this.members.get(name);
    if (!member) throw new Error(`There is no ${name}`);
    return member;
  }

  /** Returns this process, or else the other instance of its service, if it is under no fault now. */
  availableMember(name: MemberName): Member | undefined {
    return [this.member(name), this.member(OTHER_INSTANCE[name])].find(
      ({ isAvailable }) => isAvailable,
    );
  }

  proxy(name: ProxyName): TcpProxy {
    return this.cluster.network.proxy(name);
  }

  /** Returns false and does nothing while another crash is in progress. */
  async crashPostgres(): Promise<boolean> {
    if (this.isCrashing) return false;
    this.isCrashing = true;
    try {
      await this.postgres.restart('immediate');
    } finally {
      this.isCrashing = false;
    }
    return true;
  }

  /** Starts every process that does not run and lets all traffic pass. Not during a fault. */
  async restore(): Promise<void> {
    await this.cluster.network.reset();
    await Promise.all(
      [...this.members.values()].map(async (member) => {
        if (!member.isRunning) await member.withFault(() => Promise.resolve());
      }),
    );
  }

  async stop(): Promise<void> {
    await Promise.all([...this.members.values()].map((member) => member.stop('SIGKILL')));
    await this.cluster.stop({ verify: false });
  }
}

const membersOf = (
  { ordersInstances, inventoryInstances }: ServiceCluster,
  onUnexpectedExit: OnUnexpectedExit,
): ReadonlyMap<MemberName, Member> => {
  const processes = [...ordersInstances, ...inventoryInstances];
  return new Map(
    MEMBERS.map((name, index) => {
      const process = processes[index];
      if (!process) throw new Error(`There is no process for ${name}`);
      return [name, new Member(name, process, onUnexpectedExit)];
    }),
  );
};
