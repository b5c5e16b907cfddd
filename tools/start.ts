import { ensureBuilt, mainOf } from './build';
import { type EmbeddedPostgres, startPostgres, stopLeftover } from './embedded-postgres';
import { claimInstance } from './instance';
import { checkLaunch } from './launch-check';
import {
  asRole,
  type DatabaseUrls,
  INVENTORY_ROLE,
  type LaunchSettings,
  launchSettings,
  loadEnvironment,
  reachableAt,
  SAMPLE_STOCK,
  setting,
} from './launch-settings';
import { findFreePort, isPortFree } from './ports';
import { isGrpcServing, isHttpOk } from './readiness';
import { Service } from './service';
import { startAgain, startBanner } from './start-banner';
import { aborted, listenForStop, type StopSignal } from './stop-signal';
import { postgresDirectory, print, reportFailure, runTool } from './tool';

/** Both services with a database each, in one command: `npm start`. */

/** What to do to end what was started; done from the last to the first. */
type Endings = (() => Promise<void>)[];

async function main(): Promise<void> {
  const stop = listenForStop();
  const endings: Endings = [];
  try {
    await bringUp(stop, endings);
    await aborted(stop.asked);
  } catch (error) {
    // Being told to stop makes half-done steps fail; that is not a failure to report.
    if (!stop.asked.aborted) fail(error);
  }
  // The first ending only gives the claim on this folder back.
  if (endings.length > 1) print('\nStopping…');
  for (const end of endings.reverse()) await end().catch(fail);
}

function fail(error: unknown): void {
  reportFailure(error);
  process.exitCode = 1;
}

/** Whatever runs is registered in `endings` by the time a step can fail or be interrupted. */
async function bringUp(stop: StopSignal, endings: Endings): Promise<void> {
  loadEnvironment();
  const instance = await claimInstance('npm start');
  endings.push(() => instance.release());
  await checkLaunch();
  const settings = launchSettings();
  await ensureBuilt({ log: print, signal: stop.asked });
  stop.asked.throwIfAborted();

  const postgres = await startDatabases(settings, stop, endings);
  const databases = await databaseUrls(settings, postgres);
  await instance.publish(databases);
  stop.asked.throwIfAborted();

  const inventory = inventoryService(settings, databases);
  const orders = ordersService(settings, databases);
  const services = [inventory, orders];
  for (const service of services) endings.push(() => service.stop());
  stop.insisted.addEventListener('abort', () => services.forEach((service) => service.kill()));
  print('Starting Inventory and Orders…');
  // Orders would come up alone as well, but then its first call could meet a reconnect backoff.
  for (const service of services) await service.start(stop.asked);
  startLostOnRequest(services, stop);
  print(startBanner({ settings, databases, data: postgres?.data, inventoryPid: inventory.pid }));
}

/** Nothing is started where both databases are somebody else's. */
async function startDatabases(
  { inventoryDatabaseUrl, ordersDatabaseUrl, postgresPort }: LaunchSettings,
  stop: StopSignal,
  endings: Endings,
): Promise<EmbeddedPostgres | undefined> {
  if (inventoryDatabaseUrl && ordersDatabaseUrl) return undefined;
  await stopLeftover(postgresDirectory, print);
  const port = await choosePostgresPort(postgresPort);
  print('Starting Postgres…');
  const postgres = await startPostgres({ directory: postgresDirectory, port, log: print });
  endings.push(() => postgres.stop(stop.insisted.aborted ? 'immediate' : 'fast'));
  stop.insisted.addEventListener('abort', () => void postgres.stop('immediate').catch(fail));
  return postgres;
}

async function choosePostgresPort(preferred: number): Promise<number> {
  if (await isPortFree(preferred, '127.0.0.1')) return preferred;
  const port = await findFreePort();
  print(`Port ${preferred} is taken, so Postgres uses ${port}.`);
  return port;
}

async function databaseUrls(
  { inventoryDatabaseUrl, inventoryOwnerDatabaseUrl = '', ordersDatabaseUrl }: LaunchSettings,
  postgres: EmbeddedPostgres | undefined,
): Promise<DatabaseUrls> {
  const own = async (name: 'inventory' | 'orders'): Promise<string> => {
    await postgres?.createDatabase(name);
    return postgres?.url(name) ?? '';
  };
  const orders = ordersDatabaseUrl ?? (await own('orders'));
  if (inventoryDatabaseUrl) {
    return { inventory: inventoryDatabaseUrl, inventoryOwner: inventoryOwnerDatabaseUrl, orders };
  }
  const inventoryOwner = await own('inventory');
  return { inventory: asRole(inventoryOwner, INVENTORY_ROLE), inventoryOwner, orders };
}

function inventoryService({ inventory }: LaunchSettings, databases: DatabaseUrls): Service {
  return new Service({
    name: 'Inventory',
    main: mainOf('inventory'),
    env: {
      ...commonEnv(),
      INVENTORY_DATABASE_URL: databases.inventory,
      INVENTORY_OWNER_DATABASE_URL: databases.inventoryOwner,
      INVENTORY_SEED_STOCK: setting('INVENTORY_SEED_STOCK') ?? SAMPLE_STOCK,
    },
    isReady: () => isGrpcServing(reachableAt(inventory)),
    onLost: (how) => sayLost('Inventory', how),
  });
}

function ordersService({ inventory, orders }: LaunchSettings, databases: DatabaseUrls): Service {
  return new Service({
    name: 'Orders',
    main: mainOf('orders'),
    env: {
      ...commonEnv(),
      ORDERS_DATABASE_URL: databases.orders,
      ORDERS_INVENTORY_ADDRESS: setting('ORDERS_INVENTORY_ADDRESS') ?? reachableAt(inventory),
    },
    isReady: () => isHttpOk(`http://${reachableAt(orders)}/health/ready`),
    onLost: (how) => sayLost('Orders', how),
  });
}

const commonEnv = (): NodeJS.ProcessEnv => ({
  ...process.env,
  LOG_FORMAT: setting('LOG_FORMAT') ?? (process.stdout.isTTY ? 'pretty' : 'json'),
});

function sayLost(name: string, how: string): void {
  print(
    `\n${name} has ended (${how}); the rest keeps running. To start it again: ${startAgain()}\n`,
  );
}

/** `kill -USR2 <launcher>` starts again what has ended, under the same launcher and settings. */
function startLostOnRequest(services: readonly Service[], stop: StopSignal): void {
  process.on('SIGUSR2', () => {
    for (const service of services) {
      if (!service.running && !stop.asked.aborted) void startLost(service, stop);
    }
  });
}

async function startLost(service: Service, stop: StopSignal): Promise<void> {
  try {
    await service.start(stop.asked);
    print(`\n${service.name} is ready again (pid ${service.pid}).\n`);
  } catch (error) {
    if (stop.asked.aborted) return;
    reportFailure(error);
    print(`To try again: ${startAgain()}\n`);
  }
}

runTool(main);
