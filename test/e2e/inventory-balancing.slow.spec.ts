import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cloneDatabases, type ClusterDatabases } from '../harness/cluster-network';
import {
  newInventory,
  newOrders,
  type InventoryProcess,
  type OrdersProcess,
} from '../harness/services';
import { givenStock } from '../harness/stock';
import { eventually, times } from '../harness/wait';

const NAME = 'inventory.test';
const CONCURRENCY = 8;
const preload = (file: string) => ['--require', join(__dirname, '../harness', file)];

let databases: ClusterDatabases;
let folder: string;
let hosts: string;

beforeAll(async () => {
  databases = await cloneDatabases();
  await givenStock(databases.inventory, 'burger', 1_000_000);
  folder = await mkdtemp(join(tmpdir(), 'quickbite-dns-'));
  hosts = join(folder, 'hosts');
});

afterAll(async () => {
  await rm(folder, { recursive: true });
  await Promise.all([databases.inventory.drop(), databases.orders.drop()]);
});

/** An Inventory that replaces each connection after about a second. */
const inventoryAt = (host: string, port?: number) =>
  newInventory(databases.inventory, {
    INVENTORY_GRPC_HOST: host,
    INVENTORY_MAX_CONNECTION_AGE_SECONDS: '1',
    ...(port !== undefined && { INVENTORY_GRPC_PORT: String(port) }),
  });

/** Explains an order that is not CONFIRMED by its status and its timeline. */
const whyNot = async (
  client: OrdersProcess['client'],
  { id, status }: { id: string; status: string },
): Promise<string> => {
  const { body } = await client.get<unknown>(`/v1/orders/${id}/timeline`);
  return `${status} ${JSON.stringify(body)}`;
};

/** Places orders until it is stopped. */
class Load {
  readonly answers = new Map<string, number>();
  phase = 'one instance';
  confirmed = 0;
  private isStopped = false;
  private readonly done: Promise<unknown>;

  constructor({ client }: OrdersProcess) {
    const order = { userId: 'u-1', sku: 'burger', quantity: 1 };
    this.done = Promise.all(
      times(CONCURRENCY, async () => {
        while (!this.isStopped) {
          const { status, body } = await client.place(order);
          const phase = this.phase;
          const key = `${phase}: ${status}${status === 201 ? '' : ` ${await whyNot(client, body)}`}`;
          this.answers.set(key, (this.answers.get(key) ?? 0) + 1);
          this.confirmed += Number(status === 201);
        }
      }),
    );
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.done;
  }
}

/** Linux has all addresses of 127.0.0.0/8; elsewhere a second one has to be set up. */
const onLinux = process.platform === 'linux' ? it : it.skip;

onLinux(
  'a second Inventory behind a DNS name gets calls, and no call fails when connections expire',
  async () => {
    const processes: (InventoryProcess | OrdersProcess)[] = [];
    const begin = async <Process extends InventoryProcess | OrdersProcess>(process: Process) => {
      processes.push(process);
      await process.start();
      return process;
    };
    try {
      await writeFile(hosts, '127.0.0.1\n');
      const first = await begin(await inventoryAt('127.0.0.1'));
      const orders = await begin(
        await newOrders(
          databases.orders,
          `${NAME}:${first.port}`,
          { ORDERS_INVENTORY_TIMEOUT_MS: '5000', TEST_DNS_NAME: NAME, TEST_DNS_FILE: hosts },
          { nodeArguments: preload('dns-preload.cjs') },
        ),
      );
      await eventually('Orders finds Inventory', async () => {
        return (await orders.client.inventoryStatus()) === 'up';
      });
      const load = new Load(orders);
      // Over some ages of the connection.
      await eventually('orders are confirmed', () => load.confirmed > 500, 20_000);
      load.phase = 'two instances';
      const second = await inventoryAt('127.0.0.2', first.port);
      processes.push(second);
      await second.start();
      await writeFile(hosts, '127.0.0.1\n127.0.0.2\n');
      await eventually('Orders is connected to it', () => isConnected(orders, second));
      // A connection is used only after its handshake, which is late on a busy machine.
      const shared = load.confirmed;
      await eventually('both confirm orders', () => load.confirmed > shared + 200, 20_000);
      load.phase = 'the second instance';
      await first.stop();
      const before = load.confirmed;
      await eventually(
        'the second one confirms orders',
        () => load.confirmed > before + 100,
        20_000,
      );
      await load.stop();
      expect([...load.answers.keys()]).toEqual([
        'one instance: 201',
        'two instances: 201',
        'the second instance: 201',
      ]);
    } finally {
      await Promise.all(processes.map((process) => process.stop()));
    }
  },
  // Connections expire each second; on a busy machine that takes longer.
  90_000,
);

/** Whether Orders, not only the harness, is connected to an Inventory at 127.0.0.2. */
const isConnected = async (orders: OrdersProcess, { port }: InventoryProcess): Promise<boolean> => {
  const inventory = `0200007F:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const connections = (await readFile('/proc/net/tcp', 'utf8'))
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , remote, state]) => remote === inventory && state === ESTABLISHED);
  const sockets = new Set(connections.map((columns) => `socket:[${columns[INODE]}]`));
  return (await filesOf(orders.pid)).some((file) => sockets.has(file));
};

/** Columns and states of /proc/net/tcp. */
const INODE = 9;
const ESTABLISHED = '01';

/** What the file descriptors of a process refer to. One may be closed meanwhile. */
const filesOf = async (pid: number | undefined): Promise<string[]> => {
  const folder = `/proc/${pid}/fd`;
  const links = (await readdir(folder)).map((each) => readlink(join(folder, each)).catch(() => ''));
  return Promise.all(links);
};
