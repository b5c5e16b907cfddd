import type { Client } from 'pg';
import type { ServiceCluster } from '../harness/service-cluster';
import { eventually } from '../harness/wait';

/** A number for the rows of each table. */
export type Fingerprint = ReadonlyMap<string, string>;

/** Tables, and columns that change without a request: those of deliveries, of reads and of uses. */
const ORDERS_TABLES: Readonly<Record<string, readonly string[]>> = {
  api_key: ['last_used_at'],
  order_event: [],
  order_item: [],
  order_reduction: [],
  orders: [],
  webhook_endpoint: [
    'failing_since',
    'disabled_at',
    'disabled_reason',
    'previous_secret',
    'previous_secret_until',
    'updated_at',
  ],
};
const INVENTORY_TABLES: Readonly<Record<string, readonly string[]>> = {
  reduced_line: [],
  reservation: [],
  reservation_line: [],
  stock_count: [],
  stock_level: [],
  stock_movement: [],
  stock_threshold: [],
};

const QUIESCE_TIMEOUT_MS = 60_000;

/** Holds that expire later than this do not expire in a run. */
export const LONG_HOLD_SECONDS = 7_200;

/** Reads what the services have stored. */
export class StoredState {
  private constructor(
    private readonly cluster: ServiceCluster,
    private readonly orders: Client,
    private readonly inventory: Client,
  ) {}

  static async connect(cluster: ServiceCluster): Promise<StoredState> {
    const { ordersDatabase, inventoryDatabase } = cluster;
    return new StoredState(
      cluster,
      await ordersDatabase.connect(),
      await inventoryDatabase.connect(),
    );
  }

  /** Resolves when nothing changes any more without a request. */
  async quiescent(): Promise<void> {
    await this.cluster.awaitQuiescence(QUIESCE_TIMEOUT_MS, 50);
    const { inventory } = this;
    const isDone = async (): Promise<boolean> => {
      const { rowCount } = await inventory.query(
        `select from reservation where state = 'HELD'
            and expires_at < now() + make_interval(secs => $1) limit 1`,
        [LONG_HOLD_SECONDS / 2],
      );
      return rowCount === 0;
    };
    await eventually('no hold expires soon', isDone, QUIESCE_TIMEOUT_MS, 50);
  }

  async fingerprint(): Promise<Fingerprint> {
    const [orders, inventory] = await Promise.all([
      fingerprintOf(this.orders, ORDERS_TABLES),
      fingerprintOf(this.inventory, INVENTORY_TABLES),
    ]);
    return new Map([...orders, ...inventory]);
  }
}

const fingerprintOf = async (
  client: Client,
  tables: Readonly<Record<string, readonly string[]>>,
): Promise<[string, string][]> => {
  const selects = Object.entries(tables).map(
    ([table, ignored]) =>
      `select '${table}' as name, count(*) || ' rows, ' || coalesce(sum(
         hashtextextended((to_jsonb(t) - array[${ignored.map((each) => `'${each}'`).join()}]::text[])::text, 0)
       ), 0) as rows from ${table} t`,
  );
  const { rows } = await client.query<{ name: string; rows: string }>(selects.join(' union all '));
  return rows.map(({ name, rows: text }) => [name, text]);
};

/** Returns the tables in which two states differ. */
export const changedTables = (before: Fingerprint, after: Fingerprint): string[] =>
  [...after.keys()].filter((table) => before.get(table) !== after.get(table));
