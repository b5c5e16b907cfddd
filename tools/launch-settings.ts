import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadEnvFile } from 'node:process';
import { readSettingFiles } from '@app/config';
import type { ServiceName } from '../apps/cli/src/instance/database-target';
import { reachableAt as addressOf } from '../apps/cli/src/instance/inventory-address';
import { passwordOf } from './postgres-password';
import { projectRoot, ToolError } from './tool';

/**
 * The stock of a new database on a developer's machine. The samples of the README run out of burgers, so
 * the other SKUs have units for trying.
 */
export const SAMPLE_STOCK = 'burger=5,pizza=10,cola=500,cookie=250,fries=400,wrap=300';

/** The roles that the services work as on the embedded Postgres. */
export const INVENTORY_ROLE = 'inventory_app';
export const ORDERS_ROLE = 'orders_app';

/** Returns the URL of the same embedded database for a role other than the administrator. */
export const asRole = (administratorUrl: string, role: string): string => {
  const url = new URL(administratorUrl);
  return Object.assign(url, { username: role, password: passwordOf(role, url.password) }).href;
};

export const databaseSetting = (service: ServiceName) =>
  `${service.toUpperCase() as Uppercase<ServiceName>}_DATABASE_URL` as const;

export const ownerDatabaseSetting = (service: ServiceName) =>
  `${service.toUpperCase() as Uppercase<ServiceName>}_OWNER_DATABASE_URL` as const;

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
}

/** How the tools and a service reach a database. */
export interface DatabaseAccess {
  /** The role that the service works as. */
  readonly url: string;
  /** The role that owns the tables. The same role for an installation with one role. */
  readonly ownerUrl: string;
  readonly isEmbedded: boolean;
}

export type Databases = Readonly<Record<ServiceName, DatabaseAccess>>;

/** Returns the external database that the settings name. Undefined: the embedded Postgres provides it. */
export function externalDatabase(service: ServiceName): DatabaseAccess | undefined {
  const url = setting(databaseSetting(service));
  if (url === undefined) return undefined;
  return { url, ownerUrl: setting(ownerDatabaseSetting(service)) ?? url, isEmbedded: false };
}

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
});

/**
 * Returns the value of a setting, from its variable or its file. An empty variable counts as not set, as it
 * does for the services.
 */
export function setting(name: string): string | undefined {
  const { values, faults } = readSettingFiles([name], process.env);
  if (faults[name] !== undefined) throw new ToolError(faults[name]);
  const value = process.env[name];
  return values[name] ?? (value === '' ? undefined : value);
}

/** Returns the address under which this machine reaches a service. */
export const reachableAt = ({ host, port }: Pick<Endpoint, 'host' | 'port'>): string =>
  addressOf(host, port);

/** Returns the port that a variable sets. Throws if it cannot be a port. */
export function portSetting(name: string, fallback: number): number {
  const text = setting(name);
  if (text === undefined) return fallback;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65535) return port;
  throw new ToolError(`${name} must be a port from 1 to 65535, but it is "${text}".`);
}
