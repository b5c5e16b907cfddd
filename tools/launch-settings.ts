import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { PREFERRED_POSTGRES_PORT, projectRoot, ToolError } from './tool';

/** What there is to order on a developer's machine, and what the README's samples are about. */
export const SAMPLE_STOCK = 'burger=5,pizza=10';

/** Whom Inventory works as on the embedded Postgres, where everything belongs to quickbite. */
export const INVENTORY_ROLE = 'inventory_app';

/** The same database as another role, whose password is its name. */
export const asRole = (url: string, role: string): string =>
  Object.assign(new URL(url), { username: role, password: role }).href;

/** Where a service listens, and how its port is chosen. */
export interface Endpoint {
  readonly what: string;
  readonly host: string;
  readonly port: number;
  readonly hostVariable: string;
  readonly portVariable: string;
}

/** What `npm start` takes from the environment. The services check their own settings. */
export interface LaunchSettings {
  readonly inventory: Endpoint;
  readonly orders: Endpoint;
  readonly postgresPort: number;
  /** Databases that somebody else runs; where one is missing, the embedded Postgres provides it. */
  readonly inventoryDatabaseUrl?: string;
  readonly inventoryOwnerDatabaseUrl?: string;
  readonly ordersDatabaseUrl?: string;
}

/** Where the databases are, and as whom. Empty leaves it to the service. */
export type DatabaseUrls = Readonly<Record<'inventory' | 'inventoryOwner' | 'orders', string>>;

/** Reads `.env` first, as the services do; the real environment wins. */
export function loadEnvironment(): void {
  const file = join(projectRoot, '.env');
  if (existsSync(file)) loadEnvFile(file);
}

export const inventoryEndpoint = (): Endpoint => ({
  what: 'Inventory, gRPC',
  host: setting('INVENTORY_GRPC_HOST') ?? '127.0.0.1',
  port: portSetting('INVENTORY_GRPC_PORT', 9090),
  hostVariable: 'INVENTORY_GRPC_HOST',
  portVariable: 'INVENTORY_GRPC_PORT',
});

export const ordersEndpoint = (): Endpoint => ({
  what: 'Orders, REST',
  host: setting('ORDERS_HTTP_HOST') ?? '127.0.0.1',
  port: portSetting('ORDERS_HTTP_PORT', 8080),
  hostVariable: 'ORDERS_HTTP_HOST',
  portVariable: 'ORDERS_HTTP_PORT',
});

export const launchSettings = (): LaunchSettings => ({
  inventory: inventoryEndpoint(),
  orders: ordersEndpoint(),
  postgresPort: postgresPort(),
  inventoryDatabaseUrl: setting('INVENTORY_DATABASE_URL'),
  inventoryOwnerDatabaseUrl: setting('INVENTORY_OWNER_DATABASE_URL'),
  ordersDatabaseUrl: setting('ORDERS_DATABASE_URL'),
});

export const postgresPort = (): number =>
  portSetting('QUICKBITE_POSTGRES_PORT', PREFERRED_POSTGRES_PORT);

/** An empty variable counts as not set, as it does for the services. */
export function setting(name: string): string | undefined {
  const value = process.env[name];
  return value === '' ? undefined : value;
}

/** Where to call something from this machine that listens on `host`. */
export function reachableAt({ host, port }: Pick<Endpoint, 'host' | 'port'>): string {
  const address = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function portSetting(name: string, fallback: number): number {
  const text = setting(name);
  if (text === undefined) return fallback;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new ToolError(`${name} must be a port from 1 to 65535, but it is "${text}".`);
}
