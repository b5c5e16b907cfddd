import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgres } from '../../tools/embedded-postgres';
import { findFreePort } from '../../tools/ports';
import { removeHome } from '../../tools/postgres-home';
import type { Checkout } from './checkout';
import { confirmedOrder } from './orders';
import { processesBelow, shown } from './processes-below';
import type { Report } from './report';
import { isService } from './start-and-stop';

/** Databases that somebody else runs. The folder must not have had an embedded Postgres before. */
export const ownPostgres = async (checkout: Checkout, report: Report): Promise<void> => {
  const directory = join(checkout.temporary, 'own-postgres');
  const postgres = await startPostgres({ directory, port: await findFreePort() });
  try {
    for (const name of ['inventory', 'orders']) await postgres.createDatabase(name);
    const env = {
      INVENTORY_DATABASE_URL: postgres.url('inventory'),
      ORDERS_DATABASE_URL: postgres.url('orders'),
    };
    const terminal = checkout.open(['npm', 'start'], { env });
    await terminal.says('QuickBite is ready.');
    await confirmedOrder(checkout.ports.orders);
    report.ok('with both database URLs set, an order is CONFIRMED');
    const running = await processesBelow([checkout.root]);
    report.check(
      'and no Postgres is started in the folder',
      !existsSync(join(checkout.root, '.quickbite/postgres')) &&
        !running.some(({ commandLine }) => commandLine.includes('postgres')),
      shown(running),
    );
    terminal.pressCtrlC();
    await terminal.ended();
    await checkout.isQuiet(isService);
  } finally {
    await postgres.stop();
    await removeHome(directory);
  }
};
