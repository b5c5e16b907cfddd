import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { migrate } from '@app/postgres';
import { type EmbeddedPostgres, startPostgres } from '../../tools/embedded-postgres';
import { asRole, INVENTORY_ROLE } from '../../tools/launch-settings';
import { findFreePort } from '../../tools/ports';
import { removeHome } from '../../tools/postgres-home';
import { optionsFor } from '../../tools/prepare-databases';
import { inventorySchema } from '../../apps/inventory/src/database/inventory.schema';
import { ordersSchema } from '../../apps/orders/src/database/orders.schema';
import { givenStock } from '../harness/stock';
import { type Reaper, startReaper } from '../harness/postgres-reaper';
import type { Databases } from './cross-check';
import { STOCK } from './stock';

const MAX_CONNECTIONS = 300;

/** A Postgres with both databases that can be crashed and recovers. */
export class Cluster {
  private constructor(
    private readonly directory: string,
    private postgres: EmbeddedPostgres,
    private readonly reaper: Reaper,
  ) {}

  static async start(): Promise<Cluster> {
    const directory = join(tmpdir(), `quickbite-chaos-${randomUUID()}`);
    const reaper = startReaper(directory);
    try {
      return new Cluster(directory, await startIn(directory, await findFreePort()), reaper);
    } catch (error) {
      await removeHome(directory);
      await reaper.release();
      throw error;
    }
  }

  get port(): number {
    return this.postgres.port;
  }

  get databases(): Databases {
    return {
      ordersUrl: this.postgres.url('orders'),
      inventoryUrl: this.postgres.url('inventory'),
    };
  }

  async prepare(): Promise<void> {
    for (const name of ['orders', 'inventory']) await this.postgres.createDatabase(name);
    const { ordersUrl, inventoryUrl } = this.databases;
    await migrate(optionsFor(ordersUrl, ordersSchema));
    const app = {
      url: asRole(inventoryUrl, INVENTORY_ROLE),
      privileges: inventorySchema.privileges,
    };
    await migrate(optionsFor(inventoryUrl, inventorySchema), app);
    for (const [sku, units] of STOCK) {
      await givenStock({ query: (sql, values) => queryAt(inventoryUrl, sql, values) }, sku, units);
    }
  }

  /** All sessions are lost at once, and the next start recovers from the log. */
  async crash(): Promise<void> {
    await this.postgres.stop('immediate');
    this.postgres = await startIn(this.directory, this.postgres.port);
  }

  async stop(): Promise<void> {
    await this.postgres.stop('immediate');
    await removeHome(this.directory);
    await this.reaper.release();
  }
}

const startIn = (directory: string, port: number): Promise<EmbeddedPostgres> =>
  startPostgres({ directory, port, settings: { max_connections: MAX_CONNECTIONS } });

/** One statement on a connection of its own. */
export const queryAt = async <Row extends object>(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Row[]> => {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
};
