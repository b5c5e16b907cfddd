import { cloneDatabase, type TestDatabase } from './databases';
import { type InventoryCalls, inventoryAt } from './inventory-client';
import { newInventory, newOrders } from './service-process';
import { eventually } from './wait';

type InventoryProcess = Awaited<ReturnType<typeof newInventory>>;
type OrdersProcess = Awaited<ReturnType<typeof newOrders>>;

export interface OrderBody {
  readonly id: string;
  readonly status: string;
  readonly [field: string]: unknown;
}

export interface Answer<Body = OrderBody> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
  readonly tookMs: number;
}

interface RequestOptions {
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
  /** Another Orders than the first. */
  readonly at?: { readonly url: string };
}

const PATIENT = { ORDERS_INVENTORY_TIMEOUT_MS: '5000' };

/** Both services as processes of their own, each with a database of its own. */
export class TestSystem {
  private constructor(
    readonly inventoryDatabase: TestDatabase,
    readonly ordersDatabase: TestDatabase,
    readonly inventory: InventoryProcess,
    readonly orders: OrdersProcess,
    readonly calls: InventoryCalls,
  ) {}

  /**
   * Orders waits longer for Inventory than it does by default, so that a busy machine does not turn
   * a 201 into a 202; tests of the time-out itself set their own.
   */
  static async start(env: Record<string, string> = {}): Promise<TestSystem> {
    const inventoryDatabase = await cloneDatabase('inventory');
    const ordersDatabase = await cloneDatabase('orders');
    const inventory = await newInventory(inventoryDatabase, env);
    const orders = await newOrders(ordersDatabase.url, inventory.address, { ...PATIENT, ...env });
    await Promise.all([inventory.start(), orders.start()]);
    const calls = inventoryAt(inventory.address);
    const system = new TestSystem(inventoryDatabase, ordersDatabase, inventory, orders, calls);
    await system.inventoryFound();
    return system;
  }

  /** Waits until Orders asks Inventory again, after it was away. */
  async inventoryFound(): Promise<void> {
    await eventually('Orders has found Inventory', async () => {
      const { body } = await this.get<{ inventory: string }>('/health/ready');
      return body.inventory === 'up';
    });
  }

  /** A second Orders on the same databases, not started yet. */
  secondOrders(): Promise<OrdersProcess> {
    return newOrders(this.ordersDatabase.url, this.inventory.address, PATIENT);
  }

  async stop(): Promise<void> {
    this.calls.close();
    await Promise.all([this.orders.stop(), this.inventory.stop()]);
    await Promise.all([this.ordersDatabase.drop(), this.inventoryDatabase.drop()]);
  }

  /** Ends Orders and starts it again with other settings, at the same address. */
  async restartOrders(env: Record<string, string>): Promise<void> {
    await this.orders.stop();
    await this.orders.start(env);
  }

  /** Inventory hears nothing and says nothing until `work` is done, whether that goes well or not. */
  async whileInventoryIsFrozen<Result>(work: () => Promise<Result>): Promise<Result> {
    this.inventory.signal('SIGSTOP');
    try {
      return await work();
    } finally {
      this.inventory.signal('SIGCONT');
    }
  }

  /** At this Orders, or at another. */
  place(body: object, { headers = {}, signal, at }: RequestOptions = {}): Promise<Answer> {
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    };
    return this.send('/v1/orders', signal ? { ...init, signal } : init, at);
  }

  /** Asks something of an order: `cancel`, `fulfil`, `retry`. */
  ask(id: string, what: string, { headers = {}, at }: RequestOptions = {}): Promise<Answer> {
    return this.send(`/v1/orders/${id}/${what}`, { method: 'POST', headers }, at);
  }

  get<Body = OrderBody>(path: string): Promise<Answer<Body>> {
    return this.send<Body>(path, {});
  }

  /** Waits until no order is undecided. */
  async everyOrderEnded(withinMs = 10_000): Promise<void> {
    await eventually(
      'no order is PENDING',
      async () => {
        const pending = await this.ordersDatabase.query(
          `select id from orders where status = 'PENDING'`,
        );
        return pending.length === 0;
      },
      withinMs,
    );
  }

  async send<Body = OrderBody>(
    path: string,
    init: RequestInit,
    { url }: { readonly url: string } = this.orders,
  ): Promise<Answer<Body>> {
    const startedMs = Date.now();
    const response = await fetch(url + path, init);
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as Body,
      tookMs: Date.now() - startedMs,
    };
  }
}
