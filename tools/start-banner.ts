import { relative } from 'node:path';
import { databasesFileOf, hidePassword } from '@app/config';
import { SERVICES } from '../apps/cli/src/instance/database-target';
import { type Databases, type LaunchSettings, reachableAt } from './launch-settings';
import type { Paint } from './paint';
import { postgresDirectory, projectRoot } from './tool';

export interface StartedSystem {
  readonly settings: LaunchSettings;
  readonly databases: Databases;
  /** The data folder of the embedded Postgres. Undefined if it was not started. */
  readonly data?: string;
  readonly inventoryPid?: number;
}

/**
 * Returns the addresses and some commands to try, in lines of at most 80 characters unless an address of
 * an external database is longer. Scripts wait for the last line.
 */
export function startBanner(system: StartedSystem, paint: Paint): string {
  const { settings, databases, data, inventoryPid } = system;
  const rest = `http://${reachableAt(settings.orders)}`;
  const grpc = reachableAt(settings.inventory);
  const reserve = 'inventory.v1.InventoryService/ReserveStock';
  const heading = (text: string): string => paint('bold', text);
  return `
${addressLine('Orders, REST', paint('cyan', `${rest}/v1/orders`))}
${addressLine('Swagger UI', paint('cyan', `${rest}/docs`))}
${addressLine('Inventory, gRPC', paint('cyan', grpc))}
${databasesLine(databases)}${dataLine(data)}

${heading('Order two burgers')} in Swagger UI, or in another terminal, in this folder:

  curl -i ${rest}/v1/orders \\
    -H 'content-type: application/json' \\
    -d '{"userId":"u-1","sku":"burger","quantity":2,"note":"no onions"}'

${heading('Restock')} when they are sold out, and list the stock:

  npm run stock -- adjust burger 100 --reason restock
  npm run stock -- list

${heading('Call Inventory')} with the buf of this folder, or with grpcurl:

  npx buf curl --protocol grpc --http2-prior-knowledge --schema proto \\
    -d '{"sku":"pizza","quantity":1}' \\
    http://${grpc}/${reserve}

  grpcurl -plaintext -d '{"sku":"pizza","quantity":1}' \\
    ${grpc} ${reserve}
${crashLines(inventoryPid, heading)}
Ctrl+C stops everything.
${paint('green', 'QuickBite is ready.')}`;
}

/** Returns the command that restarts the services that have ended, with their settings. */
export const restartHint = (): string =>
  process.platform === 'win32' ? 'press Ctrl+C, then npm start' : `kill -USR2 ${process.pid}`;

const addressLine = (name: string, address: string): string => `  ${name.padEnd(20)} ${address}`;

function crashLines(inventoryPid: number | undefined, heading: (text: string) => string): string {
  if (process.platform === 'win32' || !inventoryPid) return '';
  return `
${heading('See an outage:')} kill Inventory and start it again. In between, Orders accepts
orders (202 PENDING). It confirms them after the restart:

  kill -9 ${inventoryPid}
  ${restartHint()}
`;
}

function dataLine(data: string | undefined): string {
  if (!data) return '';
  const shown = relative(projectRoot, postgresDirectory);
  const lines = [
    addressLine('Data folder', `${shown}  (npm run db:reset deletes it)`),
    ...(data === postgresDirectory ? [] : [addressLine('', `-> ${data}`)]),
  ];
  return `\n${lines.join('\n')}`;
}

/** Returns the URLs of the databases without their passwords, and the file that contains those. */
export function databasesLine(databases: Databases): string {
  const urls = SERVICES.map((service) =>
    addressLine(`Database ${service}`, hidePassword(databases[service].url)),
  );
  const isEmbedded = SERVICES.some((service) => databases[service].isEmbedded);
  const file = relative(projectRoot, databasesFileOf(projectRoot));
  return [...urls, ...(isEmbedded ? [addressLine('With passwords', file)] : [])].join('\n');
}
