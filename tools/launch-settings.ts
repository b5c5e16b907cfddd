import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { reachableAt as addressOf } from '../apps/cli/src/instance/inventory-address';
import { PREFERRED_POSTGRES_PORT, projectRoot, ToolError } from './tool';

/** The stock of a new database on a developer's machine. The samples of the README use it. */
export const SAMPLE_STOCK = 'burger=5,pizza=10';

/** The roles that the services work as on the embedded Postgres. The tables belong to quickbite. */
export const INVENTORY_ROLE = 'inventory_app';
export const ORDERS_ROLE = 'orders_app';

/** Returns the URL of the same database for another role, whose password is its name. */
export const asRole = (url: string, role: string): string =>
  Object.assign(new URL(url), { username: role, password: role }).href;

/** Where a service listens, and the variable that sets its port. */
export interface Endpoint {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly hostVariable: string;
  readonly portVariable: string;
}

/** The settings that `npm start` reads. The services check their own settings. */
export interface LaunchSettings {
  readonly inventory: Endpoint;
  readonly orders: Endpoint;
  readonly postgresPort: number;
  /** External databases. The embedded Postgres provides each that is not set. */
  readonly inventoryDatabaseUrl?: string;
  readonly inventoryOwnerDatabaseUrl?: string;
  readonly ordersDatabaseUrl?: string;
}

/** The database URLs of the services. The service's own setting applies where one is empty. */
export type DatabaseUrls = Readonly<Record<'inventory' | 'inventoryOwner' | 'orders', string>>;

/** Adds `.env` to the environment, as the services do. Variables that are set keep their values. */
export function loadEnvironment(): void {
  const file = join(projectRoot, '.env');
  if (existsSync(file)) loadEnvFile(file);
}

export const inventoryEndpoint = (): Endpoint => ({
  name: 'Inventory, gRPC',
  host: setting('INVENTORY_GRPC_HOST') ?? '127.0.0.1',
  port: portSetting('INVENTORY_GRPC_PORT', 9090),
  hostVariable: 'INVENTORY_GRPC_HOST',
  portVariable: 'INVENTORY_GRPC_PORT',
});

export const ordersEndpoint = (): Endpoint => ({
  name: 'Orders, REST',
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

/** Returns the address under which this machine reaches a service. */
export const reachableAt = ({ host, port }: Pick<Endpoint, 'host' | 'port'>): string =>
  addressOf(host, port);

function portSetting(name: string, fallback: number): number {
  const text = setting(name);
  if (text === undefined) return fallback;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new ToolError(`${name} must be a port from 1 to 65535, but it is "${text}".`);
}
