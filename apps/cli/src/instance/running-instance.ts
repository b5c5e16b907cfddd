import { join } from 'node:path';
import { STATE_FOLDER } from '@app/config';
import { holderOf } from './lock-holder';

/** The lock of the one `npm start` or `npm run db` of a checkout. It also names the endpoints. */
export const instanceFileOf = (checkout: string): string =>
  join(checkout, STATE_FOLDER, 'running.json');

/**
 * Addresses and database URLs that a running instance publishes. `npm run db` has databases only. In the
 * URL of an external database the password is hidden.
 */
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

/** Returns what runs in a checkout now. */
export async function runningInstanceOf(checkout: string): Promise<RunningInstance | undefined> {
  const holder = await holderOf(instanceFileOf(checkout));
  if (!holder) return undefined;
  const { command, pid, metadata } = holder;
  return { checkout, command, pid, endpoints: metadata };
}
