import { loadConfig, parseDatabaseUrl } from '@app/config';
import type { Schema } from '@app/postgres';
import { inventorySchema } from '../../../inventory/src/database/inventory.schema';
import { inventorySettings, ownerDatabaseUrl } from '../../../inventory/src/inventory.config';
import { ordersSchema } from '../../../orders/src/database/orders.schema';
import { ordersSettings } from '../../../orders/src/orders.config';
import { readSettings } from './settings-source';

export const SERVICES = ['inventory', 'orders'] as const;

export type ServiceName = (typeof SERVICES)[number];

/** The database of one service, as a command reaches it. */
export interface DatabaseTarget {
  readonly service: ServiceName;
  /** The role that the service works as. */
  readonly url: string;
  /** The role that owns the tables and may change them. */
  readonly ownerUrl: string;
  readonly schema: Schema;
  /** Where the URLs come from, in words. */
  readonly source: string;
}

/** Returns the database that a command uses for a service. */
export const findDatabase = (service: ServiceName): Promise<DatabaseTarget> =>
  service === 'inventory' ? findInventoryDatabase() : findOrdersDatabase();

async function findInventoryDatabase(): Promise<DatabaseTarget> {
  const { values, source } = await readSettings({
    names: ['INVENTORY_DATABASE_URL', 'INVENTORY_OWNER_DATABASE_URL'],
    fromInstance: ({ INVENTORY_DATABASE_URL, INVENTORY_OWNER_DATABASE_URL }) =>
      INVENTORY_DATABASE_URL ? { INVENTORY_DATABASE_URL, INVENTORY_OWNER_DATABASE_URL } : undefined,
  });
  const config = loadConfig(
    inventorySettings.pick({ INVENTORY_DATABASE_URL: true, INVENTORY_OWNER_DATABASE_URL: true }),
    values,
  );
  return {
    service: 'inventory',
    url: config.INVENTORY_DATABASE_URL,
    ownerUrl: ownerDatabaseUrl(config),
    schema: inventorySchema,
    source,
  };
}

async function findOrdersDatabase(): Promise<DatabaseTarget> {
  const { values, source } = await readSettings({
    names: ['ORDERS_DATABASE_URL', 'ORDERS_OWNER_DATABASE_URL'],
    fromInstance: ({ ORDERS_DATABASE_URL, ORDERS_OWNER_DATABASE_URL }) =>
      ORDERS_DATABASE_URL ? { ORDERS_DATABASE_URL, ORDERS_OWNER_DATABASE_URL } : undefined,
  });
  const { ORDERS_DATABASE_URL: url, ORDERS_OWNER_DATABASE_URL: ownerUrl = url } = loadConfig(
    ordersSettings.pick({ ORDERS_DATABASE_URL: true, ORDERS_OWNER_DATABASE_URL: true }),
    values,
  );
  return { service: 'orders', url, ownerUrl, schema: ordersSchema, source };
}

/** Returns a database in words, without the password: `Orders database 127.0.0.1:54329/orders`. */
export const describeDatabase = ({
  service,
  url,
}: Pick<DatabaseTarget, 'service' | 'url'>): string => {
  const { servers, database } = parseDatabaseUrl(url);
  const hosts = servers.map((server) => hostOf(server));
  const name = service === 'orders' ? 'Orders' : 'Inventory';
  return `${name} database ${[...new Set(hosts)].join(',')}/${database}`;
};

/** Returns host and port, or the directory of the socket. */
const hostOf = (server: string): string => {
  const { host, searchParams } = new URL(server.replace('@/', '@socket/'));
  return searchParams.get('host') ?? host;
};
