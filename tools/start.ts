import { withWaitIndicator } from '../apps/cli/src/command-line/wait-indicator';
import { ensureBuilt, mainOf } from './build';
import { type EmbeddedPostgres, startPostgres, stopLeftover } from './embedded-postgres';
import { claimInstance, databaseEndpoints, serviceEndpoints } from './instance';
import { checkLaunch } from './launch-check';
import {
  type Databases,
  externalDatabase,
  type LaunchSettings,
  launchSettings,
  loadEnvironment,
  reachableAt,
  SAMPLE_STOCK,
  setting,
} from './launch-settings';
import { paintFor } from './paint';
import { choosePostgresPort } from './postgres-port';
import { isGrpcServing, isHttpOk } from './readiness';
import { Service } from './service';
import { serviceEnvironment } from './service-env';
import { openServiceDatabase, publishForServices } from './service-databases';
import { migrateDatabases } from './prepare-databases';
import type { ServiceName } from '../apps/cli/src/instance/database-target';
import { restartHint, startBanner } from './start-banner';
import { aborted, listenForStop, type StopSignal } from '../apps/cli/src/command-line/stop-signal';
import { type Log, postgresDirectory, print, reportFailure, runTool } from './tool';

/** `npm start`: runs both services, each with its database. */

/** Steps that stop what was started. They run in reverse order. */
type Cleanups = (() => Promise<void>)[];

async function main(): Promise<void> {
  const stop = listenForStop();
  const cleanups: Cleanups = [];
  try {
    await bringUp(stop, cleanups);
    await aborted(stop.requested);
  } catch (error) {
    // A stop signal makes steps in progress fail. That is no failure to report.
    if (!stop.requested.aborted) fail(error);
  }
  // The first cleanup only releases the claim on this checkout.
  if (cleanups.length > 1) print('\nStopping…');
  for (const cleanUp of cleanups.reverse()) await cleanUp().catch(fail);
}

function fail(error: unknown): void {
  reportFailure(error);
  process.exitCode = 1;
}

/** Starts everything. Each step registers its cleanup before the next one can fail. */
async function bringUp(stop: StopSignal, cleanups: Cleanups): Promise<void> {
  loadEnvironment();
  const instance = await claimInstance('npm start');
  cleanups.push(() => instance.release());
  await checkLaunch();
  const settings = launchSettings();
  await ensureBuilt({ log: print, signal: stop.requested });
  stop.requested.throwIfAborted();

  const postgres = await startDatabases(stop, cleanups);
  const databases = await openDatabases(postgres);
  await withWaitIndicator('Migrating both databases', () => migrateDatabases(databases));
  if (postgres) await publishForServices(databases);
  await instance.publish({ ...databaseEndpoints(databases), ...serviceEndpoints(settings) });
  stop.requested.throwIfAborted();

  const inventory = inventoryService(settings, databases);
  const orders = ordersService(settings, databases);
  const services = [inventory, orders];
  for (const service of services) cleanups.push(() => service.stop());
  stop.forced.addEventListener('abort', () => services.forEach((service) => service.kill()));
  print('Starting Inventory and Orders…');
  // Orders starts without Inventory too, but then its first call could wait for a reconnect.
  for (const service of services) await service.start(stop.requested);
  restartOnSignal(services, stop);
  const system = { settings, databases, data: postgres?.data, inventoryPid: inventory.pid };
  print(startBanner(system, paintFor(process.stdout)));
}

/** Starts the embedded Postgres, unless both databases are external. */
async function startDatabases(
  stop: StopSignal,
  cleanups: Cleanups,
): Promise<EmbeddedPostgres | undefined> {
  if (externalDatabase('inventory') && externalDatabase('orders')) return undefined;
  await stopLeftover(postgresDirectory, print);
  const port = await choosePostgresPort(print);
  print('Starting Postgres…');
  const postgres = await withWaitIndicator('Starting Postgres', ({ hide }) => {
    const log: Log = (line) => {
      hide();
      print(line);
    };
    return startPostgres({ directory: postgresDirectory, port, log });
  });
  cleanups.push(() => postgres.stop(stop.forced.aborted ? 'immediate' : 'fast'));
  stop.forced.addEventListener('abort', () => void postgres.stop('immediate').catch(fail));
  return postgres;
}

async function openDatabases(postgres: EmbeddedPostgres | undefined): Promise<Databases> {
  const open = async (service: ServiceName) => {
    const database =
      externalDatabase(service) ?? (postgres && (await openServiceDatabase(postgres, service)));
    if (!database) throw new Error(`There is no database for ${service}`);
    return database;
  };
  return { inventory: await open('inventory'), orders: await open('orders') };
}

function inventoryService({ inventory }: LaunchSettings, databases: Databases): Service {
  return new Service({
    name: 'Inventory',
    main: mainOf('inventory'),
    env: {
      ...serviceEnvironment('inventory', databases),
      LOG_FORMAT: logFormat(),
      INVENTORY_SEED_STOCK: setting('INVENTORY_SEED_STOCK') ?? SAMPLE_STOCK,
    },
    isReady: () => isGrpcServing(reachableAt(inventory)),
    onExit: (ending) => printExit('Inventory', ending),
  });
}

function ordersService({ inventory, orders }: LaunchSettings, databases: Databases): Service {
  return new Service({
    name: 'Orders',
    main: mainOf('orders'),
    env: {
      ...serviceEnvironment('orders', databases),
      LOG_FORMAT: logFormat(),
      ORDERS_INVENTORY_ADDRESS: setting('ORDERS_INVENTORY_ADDRESS') ?? reachableAt(inventory),
      ORDERS_WEBHOOK_ALLOW_PRIVATE: setting('ORDERS_WEBHOOK_ALLOW_PRIVATE') ?? 'true',
      ORDERS_LOG_ACTIVITY: setting('ORDERS_LOG_ACTIVITY') ?? 'true',
    },
    isReady: () => isHttpOk(`http://${reachableAt(orders)}/health/ready`),
    onExit: (ending) => printExit('Orders', ending),
  });
}

const logFormat = (): string => setting('LOG_FORMAT') ?? (process.stdout.isTTY ? 'pretty' : 'json');

function printExit(name: string, ending: string): void {
  print(
    `\n${name} has ended (${ending}). The other processes keep running. To restart it: ${restartHint()}\n`,
  );
}

/** Restarts the services that have ended, with the same settings, on `kill -USR2 <launcher>`. */
function restartOnSignal(services: readonly Service[], stop: StopSignal): void {
  process.on('SIGUSR2', () => {
    for (const service of services) {
      if (!service.isRunning && !stop.requested.aborted) void restart(service, stop);
    }
  });
}

async function restart(service: Service, stop: StopSignal): Promise<void> {
  try {
    await service.start(stop.requested);
    print(`\n${service.name} is ready again (pid ${service.pid}).\n`);
  } catch (error) {
    if (stop.requested.aborted) return;
    reportFailure(error);
    print(`To try again: ${restartHint()}\n`);
  }
}

runTool(main);
