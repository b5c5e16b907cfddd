import { createHash } from 'node:crypto';
import { inventoryEndpoint, ordersEndpoint, portSetting } from './launch-settings';
import { isPortFree, nextFreePort } from './ports';
import { type Log, projectRoot } from './tool';

/** Below the range from which systems take the ports of outgoing connections. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;
const HOST = '127.0.0.1';

/** Returns the port of a folder: always the same one, and rarely that of another folder. */
export const portOfFolder = (folder: string): number =>
  FIRST_PORT + (createHash('sha256').update(folder).digest().readUInt32BE() % PORTS);

/**
 * Returns the port for the embedded Postgres: the one that is set, or else the one of this checkout. A
 * client of the database therefore keeps its settings. If the port is taken, returns the next free one.
 */
export async function choosePostgresPort(log: Log, folder = projectRoot): Promise<number> {
  const preferred = portSetting('QUICKBITE_POSTGRES_PORT', portOfFolder(folder));
  const ofServices = [inventoryEndpoint().port, ordersEndpoint().port];
  const isFree = !ofServices.includes(preferred) && (await isPortFree(preferred, HOST));
  if (isFree) return preferred;
  const port = await nextFreePort(preferred, ofServices);
  log(`Port ${preferred} is taken, so Postgres uses ${port}.`);
  return port;
}
