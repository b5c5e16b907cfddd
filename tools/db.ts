import { type EmbeddedPostgres, startPostgres, stopLeftover } from './embedded-postgres';
import { alreadyRunning, claimInstance, databaseEndpoints, runningInstance } from './instance';
import type { LockHolder } from '../apps/cli/src/instance/lock-holder';
import type { InstanceEndpoints } from '../apps/cli/src/instance/running-instance';
import {
  asRole,
  type DatabaseUrls,
  INVENTORY_ROLE,
  loadEnvironment,
  postgresPort,
} from './launch-settings';
import { assertPortFree } from './ports';
import { prepareDatabases } from './prepare-databases';
import { aborted, listenForStop } from '../apps/cli/src/command-line/stop-signal';
import { postgresDirectory, PREFERRED_POSTGRES_PORT, print, runTool } from './tool';

/** `npm run db`: runs the embedded Postgres only, for services in watch mode. */

async function main(): Promise<void> {
  loadEnvironment();
  const other = await runningInstance();
  if (other) {
    printRunning(other);
    return;
  }
  const stop = listenForStop();
  const instance = await claimInstance('npm run db');
  try {
    await stopLeftover(postgresDirectory, print);
    const port = postgresPort();
    await assertPortFree(port, '127.0.0.1', 'Postgres', 'QUICKBITE_POSTGRES_PORT', 'npm run db');
    const postgres = await startPostgres({ directory: postgresDirectory, port, log: print });
    try {
      const urls = urlsOf(postgres);
      for (const name of ['inventory', 'orders']) await postgres.createDatabase(name);
      await prepareDatabases(urls);
      await instance.publish(databaseEndpoints(urls));
      print(banner(urls, port));
      await aborted(stop.requested);
      print('\nStopping…');
    } finally {
      await postgres.stop();
    }
  } finally {
    await instance.release();
  }
}

function urlsOf(postgres: EmbeddedPostgres): DatabaseUrls {
  const inventoryOwner = postgres.url('inventory');
  const inventory = asRole(inventoryOwner, INVENTORY_ROLE);
  return { inventory, inventoryOwner, orders: postgres.url('orders') };
}

/** Prints the databases of the instance that runs already. It makes a second one unnecessary. */
function printRunning(other: LockHolder): void {
  const endpoints: InstanceEndpoints = other.metadata ?? {};
  const { INVENTORY_DATABASE_URL: inventory, ORDERS_DATABASE_URL: orders } = endpoints;
  if (!inventory || !orders) throw alreadyRunning(other);
  print(`${other.command} (pid ${other.pid}) already runs Postgres.`);
  print(
    urlLines({
      inventory,
      inventoryOwner: endpoints.INVENTORY_OWNER_DATABASE_URL ?? '',
      orders,
    }),
  );
}

function banner(urls: DatabaseUrls, port: number): string {
  const hint =
    port === PREFERRED_POSTGRES_PORT
      ? 'These are the defaults of the services.'
      : 'Set these in the terminals of the services, or in .env.';
  return `${urlLines(urls)}

${hint} Start the services in two other terminals:

  npx nest start --watch inventory
  npx nest start --watch orders

Ctrl+C stops Postgres. Postgres is ready.`;
}

const urlLines = ({ inventory, inventoryOwner, orders }: DatabaseUrls): string =>
  Object.entries({
    INVENTORY_DATABASE_URL: inventory,
    INVENTORY_OWNER_DATABASE_URL: inventoryOwner,
    ORDERS_DATABASE_URL: orders,
  })
    .filter(([, url]) => url !== '')
    .map(([name, url]) => `\n  ${name}=${url}`)
    .join('');

runTool(main);
