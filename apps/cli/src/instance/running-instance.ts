import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { holderOf } from './lock-holder';

/** Every checkout has this file at its top. An image or an installation without sources has none. */
const CHECKOUT_MARKER = 'nest-cli.json';

/** The lock of the one `npm start` or `npm run db` of a checkout. It also names the endpoints. */
export const instanceFileOf = (checkout: string): string =>
  join(checkout, '.quickbite', 'running.json');

/** Addresses and database URLs that a running instance publishes. `npm run db` has databases only. */
export interface InstanceEndpoints {
  readonly inventoryAddress?: string;
  readonly ordersUrl?: string;
  readonly INVENTORY_DATABASE_URL?: string;
  readonly INVENTORY_OWNER_DATABASE_URL?: string;
  readonly ORDERS_DATABASE_URL?: string;
  readonly ORDERS_OWNER_DATABASE_URL?: string;
}

/** The `npm start` or `npm run db` that runs in a checkout. */
export interface RunningInstance {
  readonly checkout: string;
  readonly command: string;
  readonly pid: number;
  /** Undefined until the instance has started its databases. */
  readonly endpoints: InstanceEndpoints | undefined;
}

/**
 * Returns the top of the checkout that contains a folder. The nearest one counts, so that a worktree
 * inside another checkout never uses the instance of the outer one.
 */
export function findCheckout(folder: string): string | undefined {
  for (let candidate = folder; ; candidate = dirname(candidate)) {
    if (existsSync(join(candidate, CHECKOUT_MARKER))) return candidate;
    if (candidate === dirname(candidate)) return undefined;
  }
}

/** Returns what runs in a checkout now. */
export async function runningInstanceOf(checkout: string): Promise<RunningInstance | undefined> {
  const holder = await holderOf(instanceFileOf(checkout));
  if (!holder) return undefined;
  const { command, pid, metadata } = holder;
  return { checkout, command, pid, endpoints: metadata };
}
