import { type EmbeddedPostgres, startPostgres, stopLeftover } from './embedded-postgres';
import { alreadyRunning, claimInstance, runningInstance } from './instance';
import {
  asRole,
  type DatabaseUrls,
  INVENTORY_ROLE,
  loadEnvironment,
  postgresPort,
} from './launch-settings';
import type { Holder } from './lock';
import { assertPortFree } from './ports';
import { prepareDatabases } from './prepare-databases';
import { aborted, listenForStop } from './stop-signal';
import { postgresDirectory, PREFERRED_POSTGRES_PORT, print, runTool } from './tool';

/** The embedded Postgres alone, for services that run in watch mode: `npm run db`. */

async function main(): Promise<void> {
  loadEnvironment();
  const other = await runningInstance();
  if (other) {
    sayRunning(other);
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
      await instance.publish(urls);
      print(banner(urls, port));
      await aborted(stop.asked);
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

/** Another `npm run db` or `npm start` that has its database up is all that was asked for. */
function sayRunning(other: Holder): void {
  const { inventory, inventoryOwner = '', orders } = other.facts ?? {};
  if (!inventory || !orders) throw alreadyRunning(other);
  print(`Postgres is already up, thanks to ${other.command} (pid ${other.pid}).`);
  print(urlLines({ inventory, inventoryOwner, orders }));
}

function banner(urls: DatabaseUrls, port: number): string {
  const hint =
    port === PREFERRED_POSTGRES_PORT
      ? 'The services use these by default.'
      : 'Set these in the terminals of the services, or in .env.';
  return `${urlLines(urls)}

${hint} Go on in two other terminals:

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
