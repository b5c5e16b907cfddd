/**
 * `npm run openapi`: writes clients/openapi.json, the document that Orders serves. Linters read that
 * file, and the types of clients/typescript are generated from it. A test fails until it is up to date.
 */
import { randomUUID } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withWaitIndicator } from '../apps/cli/src/command-line/wait-indicator';
import { ensureBuilt, mainOf } from './build';
import { startPostgres } from './embedded-postgres';
import { findFreePort } from './ports';
import { isHttpOk } from './readiness';
import { Service } from './service';
import { print, projectRoot, runTool } from './tool';

export const OPEN_API_FILE = join(projectRoot, 'clients/openapi.json');

/** Returns the text of the file. Its server is the one that serves it, not the one it was read from. */
export const openApiText = (document: object): string =>
  `${JSON.stringify({ ...document, servers: [{ url: '/' }] }, undefined, 2)}\n`;

/** Starts Orders on a database, without Inventory, and returns its document. */
const readDocument = async (databaseUrl: string): Promise<object> => {
  const [port, inventoryPort] = [await findFreePort(), await findFreePort()];
  const url = `http://127.0.0.1:${port}`;
  const orders = new Service({
    name: 'Orders',
    main: mainOf('orders'),
    env: {
      ...process.env,
      LOG_LEVEL: 'error',
      ORDERS_DATABASE_URL: databaseUrl,
      ORDERS_HTTP_PORT: String(port),
      ORDERS_INVENTORY_ADDRESS: `127.0.0.1:${inventoryPort}`,
    },
    isReady: () => isHttpOk(`${url}/health/ready`),
    onExit: (ending) => print(`Orders has ended (${ending}).`),
  });
  try {
    await orders.start(new AbortController().signal);
    return (await (await fetch(`${url}/openapi.json`)).json()) as object;
  } finally {
    await orders.stop();
  }
};

async function main(): Promise<void> {
  await ensureBuilt({ log: print });
  const directory = join(tmpdir(), `quickbite-openapi-${randomUUID()}`);
  const port = await findFreePort();
  const postgres = await withWaitIndicator('Starting Postgres', () =>
    startPostgres({ directory, port }),
  );
  try {
    await postgres.createDatabase('orders');
    writeFileSync(OPEN_API_FILE, openApiText(await readDocument(postgres.url('orders'))));
    print(`Wrote ${OPEN_API_FILE}`);
  } finally {
    await postgres.stop('immediate');
    rmSync(directory, { recursive: true, force: true });
  }
}

if (require.main === module) runTool(main);
