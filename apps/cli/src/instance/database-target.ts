import { loadConfig, parseDatabaseUrl } from '@app/config';
import type { Schema } from '@app/postgres';
import { inventorySchema } from '../../../inventory/src/database/inventory.schema';
import { inventorySettings } from '../../../inventory/src/inventory.config';
import { ordersSchema } from '../../../orders/src/database/orders.schema';
import { ordersSettings } from '../../../orders/src/orders.config';
import { CommandError } from '../command-line/command-error';
import { readSettings, type Variables } from './settings-source';

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
  /** The setting that names the schema with the tables. */
  readonly schemaName?: string;
  /** Where the URLs come from, in words. */
  readonly source: string;
}

/** Returns the database that a command uses for a service. Throws if no source names one. */
export async function findDatabase(service: ServiceName): Promise<DatabaseTarget> {
  const setting = service === 'inventory' ? 'INVENTORY_DATABASE_URL' : 'ORDERS_DATABASE_URL';
  const ownerSetting = setting.replace('DATABASE_URL', 'OWNER_DATABASE_URL');
  const schemaSetting = setting.replace('DATABASE_URL', 'DATABASE_SCHEMA');
  const { values, source } = await readSettings({
    names: [setting, ownerSetting, schemaSetting],
    fromInstance: (endpoints) => {
      const published = endpoints as Variables;
      const { [setting]: url, [ownerSetting]: ownerUrl } = published;
      return url ? { [setting]: url, [ownerSetting]: ownerUrl } : undefined;
    },
  });
  if (!values[setting]) {
    throw new CommandError(
      `${setting} is not set. Set it, or run this in a checkout while npm start or npm run db runs there.`,
    );
  }
  return { ...accessOf(service, values), service, source };
}

function accessOf(
  service: ServiceName,
  values: Variables,
): Pick<DatabaseTarget, 'url' | 'ownerUrl' | 'schema' | 'schemaName'> {
  if (service === 'inventory') {
    const names = {
      INVENTORY_DATABASE_URL: true,
      INVENTORY_OWNER_DATABASE_URL: true,
      INVENTORY_DATABASE_SCHEMA: true,
    } as const;
    const config = loadConfig(inventorySettings.pick(names), values);
    const { INVENTORY_DATABASE_URL: url, INVENTORY_OWNER_DATABASE_URL: ownerUrl = url } = config;
    return { url, ownerUrl, schema: inventorySchema, schemaName: config.INVENTORY_DATABASE_SCHEMA };
  }
  const names = {
    ORDERS_DATABASE_URL: true,
    ORDERS_OWNER_DATABASE_URL: true,
    ORDERS_DATABASE_SCHEMA: true,
  } as const;
  const config = loadConfig(ordersSettings.pick(names), values);
  const { ORDERS_DATABASE_URL: url, ORDERS_OWNER_DATABASE_URL: ownerUrl = url } = config;
  return { url, ownerUrl, schema: ordersSchema, schemaName: config.ORDERS_DATABASE_SCHEMA };
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
