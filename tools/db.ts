import type { LockHolder } from '../apps/cli/src/instance/lock-holder';
import { aborted, listenForStop } from '../apps/cli/src/command-line/stop-signal';
import { withWaitIndicator } from '../apps/cli/src/command-line/wait-indicator';
import { startPostgres, stopLeftover } from './embedded-postgres';
import { alreadyRunning, claimInstance, databaseEndpoints, runningInstance } from './instance';
import { type Databases, loadEnvironment } from './launch-settings';
import { choosePostgresPort } from './postgres-port';
import { migrateDatabases, seedStock } from './prepare-databases';
import { openServiceDatabase, publishForServices } from './service-databases';
import { databasesLine } from './start-banner';
import { postgresDirectory, print, runTool } from './tool';

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
    const port = await choosePostgresPort(print);
    print('Starting Postgres…');
    const options = { directory: postgresDirectory, port, log: print };
    const postgres = await withWaitIndicator('Starting Postgres', () => startPostgres(options));
    try {
      const databases: Databases = {
        inventory: await openServiceDatabase(postgres, 'inventory'),
        orders: await openServiceDatabase(postgres, 'orders'),
      };
      await withWaitIndicator('Migrating both databases', () => migrateDatabases(databases));
      await seedStock(databases);
      await publishForServices(databases);
      await instance.publish(databaseEndpoints(databases));
      print(banner(databases));
      await aborted(stop.requested);
      print('\nStopping…');
    } finally {
      await postgres.stop();
    }
  } finally {
    await instance.release();
  }
}

/** A second instance is unnecessary, once the first one has published its databases. */
function printRunning(other: LockHolder): void {
  const { command, pid, metadata } = other;
  if (!metadata) throw alreadyRunning(other);
  print(`${command} (pid ${pid}) already runs Postgres.`);
}

const banner = (databases: Databases): string => `${databasesLine(databases)}

The services in watch mode find them there. Start each in another terminal:

  npx nest start --watch inventory
  npx nest start --watch orders

Ctrl+C stops Postgres. Postgres is ready.`;

runTool(main);
