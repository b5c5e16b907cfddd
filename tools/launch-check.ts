import { z } from 'zod';
import { ConfigError, loadConfig, port, postgresUrl } from '@app/config';
import { SERVICES } from '../apps/cli/src/instance/database-target';
import { accessFaults } from '../apps/orders/src/access/access.config';
import { inventorySettings } from '../apps/inventory/src/inventory.config';
import { ordersSettings } from '../apps/orders/src/orders.config';
import {
  databaseSetting,
  type Endpoint,
  externalDatabase,
  inventoryEndpoint,
  ordersEndpoint,
  ownerDatabaseSetting,
  setting,
} from './launch-settings';
import { portFault } from './ports';
import { ToolError } from './tool';

/** Everything that `npm start` and the two services read. It provides the databases that are not set. */
const allSettings = z.object({
  ...inventorySettings.shape,
  ...ordersSettings.shape,
  INVENTORY_DATABASE_URL: postgresUrl().optional(),
  ORDERS_DATABASE_URL: postgresUrl().optional(),
  QUICKBITE_POSTGRES_PORT: port().optional(),
});

const postgresEndpoint = (postgresPort: string): Endpoint => ({
  name: 'Postgres',
  host: '127.0.0.1',
  port: Number(postgresPort),
  hostVariable: '',
  portVariable: 'QUICKBITE_POSTGRES_PORT',
});

/**
 * Throws one error with every fault of the settings of both services and of the launcher, and every
 * port that is taken. Call it before anything starts.
 */
export async function checkLaunch(): Promise<void> {
  const faults = settingFaults();
  const isSound = (variable: string) => !faults.some((fault) => fault.startsWith(`${variable} `));
  const services = [
    ...(isSound('INVENTORY_GRPC_PORT') ? [inventoryEndpoint()] : []),
    ...(isSound('ORDERS_HTTP_PORT') ? [ordersEndpoint()] : []),
  ].filter(({ hostVariable }) => isSound(hostVariable));
  const startsPostgres = SERVICES.some((service) => !externalDatabase(service));
  const postgresPort = setting('QUICKBITE_POSTGRES_PORT');
  const isPortSet = startsPostgres && isSound('QUICKBITE_POSTGRES_PORT');
  const postgres = isPortSet && postgresPort ? [postgresEndpoint(postgresPort)] : [];
  faults.push(...ownersWithoutService(), ...sharedPorts([...services, ...postgres]));
  // A taken port of Postgres is no fault: the launcher uses another one.
  for (const endpoint of services) faults.push(...(await takenPort(endpoint)));
  if (faults.length > 0) throw new ConfigError(faults);
}

function settingFaults(): string[] {
  try {
    // A copy, since `.env` has been read already.
    return accessFaults(loadConfig(allSettings, { ...process.env }));
  } catch (error) {
    if (error instanceof ConfigError) return [...error.faults];
    throw error;
  }
}

/** The embedded Postgres would be used, and the owner of an external database would be ignored. */
const ownersWithoutService = (): string[] =>
  SERVICES.filter(
    (service) => setting(ownerDatabaseSetting(service)) && !externalDatabase(service),
  ).map(
    (service) =>
      `${databaseSetting(service)} must be set too, because ${ownerDatabaseSetting(service)} is set.`,
  );

const sharedPorts = (endpoints: readonly Endpoint[]): string[] =>
  endpoints.flatMap((endpoint, index) =>
    endpoints
      .slice(index + 1)
      .filter((other) => other.port === endpoint.port && overlap(other.host, endpoint.host))
      .map(
        (other) =>
          `${other.portVariable} must differ from ${endpoint.portVariable}, ` +
          `but both are ${endpoint.port}.`,
      ),
  );

const overlap = (...hosts: readonly [string, string]): boolean => {
  const [one, other] = hosts.map((host) => (host === 'localhost' ? '127.0.0.1' : host));
  return one === other || hosts.some((host) => host === '0.0.0.0' || host === '::');
};

async function takenPort(endpoint: Endpoint): Promise<string[]> {
  const { port, host, name, hostVariable, portVariable } = endpoint;
  try {
    const fault = await portFault(port, host, name, portVariable);
    return fault === undefined ? [] : [fault];
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    return [`${error.message}. Change ${hostVariable} or ${portVariable}.`];
  }
}
