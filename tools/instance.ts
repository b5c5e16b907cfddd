import type { LockHolder } from '../apps/cli/src/instance/lock-holder';
import { holderOf } from '../apps/cli/src/instance/lock-holder';
import { type InstanceEndpoints, instanceFileOf } from '../apps/cli/src/instance/running-instance';
import { hidePassword } from '@app/config';
import { SERVICES } from '../apps/cli/src/instance/database-target';
import {
  type Databases,
  databaseSetting,
  type LaunchSettings,
  ownerDatabaseSetting,
  reachableAt,
} from './launch-settings';
import { tryLock } from './lock';
import { openPrivateFolder } from './private-files';
import { projectRoot, stateDirectory, ToolError } from './tool';

/** Names the one process that may use the database files of this checkout. */
const FILE = instanceFileOf(projectRoot);

/** This process as the running instance of the checkout. */
export interface Instance {
  release(): Promise<void>;
  /** Publishes the real addresses and URLs, so that the cli uses this instance. */
  publish(endpoints: InstanceEndpoints): Promise<void>;
}

export const runningInstance = (): Promise<LockHolder | undefined> => holderOf(FILE);

/** Claims this checkout for `npm start` or `npm run db`. Two would share the database files. */
export async function claimInstance(command: string): Promise<Instance> {
  await openPrivateFolder(stateDirectory);
  const attempt = await tryLock(FILE, command);
  if (!attempt.taken) throw alreadyRunning(attempt.holder);
  return {
    release: () => attempt.release(),
    publish: (endpoints) => attempt.publish({ ...endpoints }),
  };
}

export const alreadyRunning = ({ command, pid }: LockHolder): ToolError =>
  new ToolError(
    `${command} already runs for this folder (pid ${pid}). ` +
      `Press Ctrl+C in its terminal, or stop it from here: kill ${pid}`,
  );

/** Returns what an instance publishes about its databases: no password of an external one. */
export const databaseEndpoints = (databases: Databases): InstanceEndpoints =>
  Object.fromEntries(
    SERVICES.flatMap((service) => {
      const { url, ownerUrl, isEmbedded } = databases[service];
      const published = isEmbedded ? (each: string) => each : hidePassword;
      return [
        [databaseSetting(service), published(url)],
        [ownerDatabaseSetting(service), published(ownerUrl)],
      ];
    }),
  );

/** Returns what an instance publishes about its services. */
export const serviceEndpoints = ({ inventory, orders }: LaunchSettings): InstanceEndpoints => ({
  inventoryAddress: reachableAt(inventory),
  ordersUrl: `http://${reachableAt(orders)}`,
});
