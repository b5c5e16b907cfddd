import { join } from 'node:path';
import { type ClusterDatabases, ClusterNetwork, cloneDatabases } from './cluster-network';
import type { TestDatabase } from './databases';
import { connectInventory, type InventoryRpc } from './inventory-client';
import type { OrdersClient } from './orders-client';
import type { ProcessOptions } from './service-process';
import {
  type Env,
  type InventoryProcess,
  newInventory,
  newOrders,
  type OrdersProcess,
} from './services';
import { differencesAtRest } from './verify-databases';
import { eventually } from './wait';

const FAILPOINT_PRELOAD = join(__dirname, 'failpoint-preload.cjs');

const QUIESCE_TIMEOUT_MS = 60_000;
const UNFINISHED = ['PENDING', 'REDUCING', 'CANCELLING', 'FULFILLING'];

export interface ClusterOptions {
  /** Processes of Inventory; one by default. */
  readonly inventories?: number;
  /** Processes of Orders; one by default, none for Inventory alone. */
  readonly orders?: number;
  readonly env?: Env;
  readonly process?: ProcessOptions;
  /** Databases with their tables; new ones by default. The cluster drops them. */
  readonly databases?: ClusterDatabases;
  /** Puts a TCP proxy before each Inventory and each database. */
  readonly withProxies?: boolean;
  /** Lets a process be told over IPC to die or stall at a failpoint. */
  readonly withFailpoints?: boolean;
}

/** Both services as processes, each service with one database. Every Orders knows every Inventory. */
export class ServiceCluster {
  readonly inventoryInstances: InventoryProcess[] = [];
  readonly ordersInstances: OrdersProcess[] = [];
  /** As Orders calls them: through the proxies, where there are proxies. */
  private readonly inventoryAddresses: string[] = [];
  private readonly inventoryClients: InventoryRpc[] = [];

  private constructor(
    private readonly options: ClusterOptions,
    private readonly databases: ClusterDatabases,
    readonly network: ClusterNetwork,
  ) {}

  /** Creates databases, proxies and processes. No service runs yet. */
  static async create(options: ClusterOptions = {}): Promise<ServiceCluster> {
    const { inventories = 1, orders = 1, databases = await cloneDatabases() } = options;
    const network = await ClusterNetwork.create(databases, options.withProxies ?? false);
    const cluster = new ServiceCluster(options, databases, network);
    for (let index = 0; index < inventories; index += 1) await cluster.addInventory();
    for (let index = 0; index < orders; index += 1) await cluster.addOrders();
    return cluster;
  }

  /** Resolves when all processes are ready and Orders has found Inventory. */
  static async start(options: ClusterOptions = {}): Promise<ServiceCluster> {
    const cluster = await ServiceCluster.create(options);
    try {
      await cluster.startProcesses();
      return cluster;
    } catch (error) {
      await cluster.stop({ verify: false });
      throw error;
    }
  }

  get inventory(): InventoryProcess {
    return first(this.inventoryInstances, 'Inventory');
  }

  get orders(): OrdersProcess {
    return first(this.ordersInstances, 'Orders');
  }

  get hasOrders(): boolean {
    return this.ordersInstances.length > 0;
  }

  get inventoryDatabase(): TestDatabase {
    return this.databases.inventory;
  }

  get ordersDatabase(): TestDatabase {
    return this.databases.orders;
  }

  /** The REST API of the first Orders. */
  get client(): OrdersClient {
    return this.orders.client;
  }

  /** The gRPC API of the first Inventory. */
  get inventoryClient(): InventoryRpc {
    return this.inventoryClientOf(0);
  }

  /** The gRPC API of one Inventory. A call waits until its process is there. */
  inventoryClientOf(index: number): InventoryRpc {
    const { address } = first(this.inventoryInstances.slice(index), `Inventory ${index + 1}`);
    return (this.inventoryClients[index] ??= connectInventory(address, RECONNECT_AT_ONCE, true));
  }

  /** Adds an Inventory on the same database, not started yet. Only an Orders added later calls it. */
  async addInventory(): Promise<InventoryProcess> {
    const { env } = this.options;
    const process = await newInventory(
      { url: this.network.inventoryDatabaseUrl },
      env,
      this.processOptions,
    );
    this.inventoryInstances.push(process);
    const name = `inventory-${this.inventoryInstances.length}`;
    this.inventoryAddresses.push(await this.network.addressOf(name, process.port));
    return process;
  }

  /** Adds an Orders on the same database, not started yet. */
  async addOrders(): Promise<OrdersProcess> {
    const process = await newOrders(
      { url: this.network.ordersDatabaseUrl },
      this.inventoryAddresses.join(','),
      this.options.env,
      this.processOptions,
    );
    this.ordersInstances.push(process);
    return process;
  }

  async startProcesses(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.start()));
    if (this.hasOrders) await this.awaitInventoryStatus('up');
  }

  async stopProcesses(signal?: NodeJS.Signals): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop(signal)));
  }

  /** Waits until every Orders finds Inventory up or down. Returns that time. */
  async awaitInventoryStatus(status: 'up' | 'down'): Promise<number> {
    await eventually(`Orders finds Inventory ${status}`, async () => {
      const running = this.ordersInstances.filter(({ isRunning }) => isRunning);
      const found = await Promise.all(running.map(({ client }) => client.inventoryStatus()));
      return found.every((each) => each === status);
    });
    return performance.now();
  }

  /** Stops the first Orders and starts it with other settings at the same address. */
  async restartOrders(env: Env): Promise<void> {
    await this.orders.stop();
    await this.orders.start(env);
  }

  /** Suspends the first Inventory (SIGSTOP) while `work` runs. */
  async withFrozenInventory<Result>(work: () => Promise<Result>): Promise<Result> {
    this.inventory.signal('SIGSTOP');
    try {
      return await work();
    } finally {
      this.inventory.signal('SIGCONT');
    }
  }

  /** Waits until no order is unfinished. Returns the number of orders by status. */
  async awaitQuiescence(
    timeoutMs = QUIESCE_TIMEOUT_MS,
    pollIntervalMs?: number,
  ): Promise<Readonly<Record<string, number>>> {
    const isQuiescent = async (): Promise<boolean> => {
      const rows = await this.ordersDatabase.query(
        `select from orders where status = any($1) limit 1`,
        [UNFINISHED],
      );
      return rows.length === 0;
    };
    await eventually('every order is finished', isQuiescent, timeoutMs, pollIntervalMs);
    const rows = await this.ordersDatabase.query<{ status: string; count: number }>(
      'select status, count(*)::int from orders group by status',
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  /** Returns all differences that `verify` finds in a quiescent cluster. */
  verify(): Promise<readonly string[]> {
    const { inventory, orders } = this.databases;
    return differencesAtRest({ inventory, orders: this.hasOrders ? orders : undefined });
  }

  /**
   * Stops all processes and drops the databases. Fails if one has differences, unless the caller has
   * verified them itself.
   */
  async stop({ verify = true } = {}): Promise<void> {
    for (const client of this.inventoryClients) client.close();
    await this.stopProcesses(verify ? 'SIGTERM' : 'SIGKILL');
    await this.network.close();
    const { inventory, orders } = this.databases;
    const how = verify ? undefined : 'broken';
    await Promise.all([orders.drop(how), inventory.drop(how)]);
  }

  private get processes() {
    return [...this.inventoryInstances, ...this.ordersInstances];
  }

  private get processOptions(): ProcessOptions {
    const { process = {}, withFailpoints = false } = this.options;
    if (!withFailpoints) return process;
    const { nodeArguments = [] } = process;
    return { ...process, nodeArguments: ['--require', FAILPOINT_PRELOAD, ...nodeArguments] };
  }
}

/** Finds a restarted process within 100 ms; by default gRPC waits for a second and longer. */
const RECONNECT_AT_ONCE = {
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 100,
};

const first = <Value>([value]: readonly Value[], name: string): Value => {
  if (value === undefined) throw new Error(`The cluster has no ${name}`);
  return value;
};
