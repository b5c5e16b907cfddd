import { loadConfig } from '@app/config';
import { inventorySettings } from '../../../inventory/src/inventory.config';
import { ordersSettings } from '../../../orders/src/orders.config';
import { runningInstance } from '../../../../tools/instance';
import { setting } from '../../../../tools/launch-settings';
import { ToolError } from '../../../../tools/tool';
import type { CheckSet } from './check';
import { inventoryChecks } from './inventory-checks';
import { ordersChecks } from './orders-checks';

/** A database that can be verified. */
export interface Verified {
  readonly name: 'inventory' | 'orders';
  readonly variable: string;
  readonly checks: CheckSet;
  /** What its app would connect to by its settings. */
  readonly configuredUrl: () => string;
}

export const inventory: Verified = {
  name: 'inventory',
  variable: 'INVENTORY_DATABASE_URL',
  checks: inventoryChecks,
  configuredUrl: () => {
    const settings = inventorySettings.pick({ INVENTORY_DATABASE_URL: true });
    return loadConfig(settings).INVENTORY_DATABASE_URL;
  },
};

export const orders: Verified = {
  name: 'orders',
  variable: 'ORDERS_DATABASE_URL',
  checks: ordersChecks,
  configuredUrl: () => {
    const settings = ordersSettings.pick({ ORDERS_DATABASE_URL: true });
    return loadConfig(settings).ORDERS_DATABASE_URL;
  },
};

/** What the environment names; or else the database of what runs here; or else the default. */
export const urlOf = async ({ name, variable, configuredUrl }: Verified): Promise<string> => {
  const running = setting(variable) ? undefined : await runningInstance();
  const url = running?.facts?.[name];
  if (url) return url;
  if (running) {
    throw new ToolError(
      `${running.command} (pid ${running.pid}) is still starting. Try again when it is ready.`,
    );
  }
  return configuredUrl();
};

/** For people: not the whole URL, which may hold a password. */
export const titleOf = ({ checks: { app } }: Verified, url: string): string => {
  const { host, pathname } = new URL(url);
  return `${app}${app.endsWith('s') ? "'" : "'s"} database ${host}${pathname}`;
};
