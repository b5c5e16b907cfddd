import { relative } from 'node:path';
import { databasesFileOf, hidePassword } from '@app/config';
import { SERVICES } from '../apps/cli/src/instance/database-target';
import { type Databases, type LaunchSettings, reachableAt } from './launch-settings';
import { postgresDirectory, projectRoot } from './tool';

export interface StartedSystem {
  readonly settings: LaunchSettings;
  readonly databases: Databases;
  /** The data folder of the embedded Postgres. Undefined if it was not started. */
  readonly data?: string;
  readonly inventoryPid?: number;
}

/** Returns the addresses and some commands to try. Scripts wait for the last line. */
export function startBanner({ settings, databases, data, inventoryPid }: StartedSystem): string {
  const rest = `http://${reachableAt(settings.orders)}`;
  const grpc = reachableAt(settings.inventory);
  const reserve = 'inventory.v1.InventoryService/ReserveStock';
  return `
  Orders, REST         ${rest}/v1/orders
  Swagger UI           ${rest}/docs
  Inventory, gRPC      ${grpc}
${databasesLine(databases)}${dataLine(data)}

Try it: open ${rest}/docs, or paste in another terminal, in this folder

  curl -i ${rest}/v1/orders -H 'content-type: application/json' \\
    -d '{"userId":"u-1","sku":"burger","quantity":2,"note":"no onions"}'

  npx buf curl --protocol grpc --http2-prior-knowledge --schema proto \\
    -d '{"sku":"pizza","quantity":1}' http://${grpc}/${reserve}

  grpcurl -plaintext -d '{"sku":"pizza","quantity":1}' ${grpc} ${reserve}
${crashLines(inventoryPid)}
Ctrl+C stops everything.
QuickBite is ready.`;
}

/** Returns the command that restarts the services that have ended, with their settings. */
export const restartHint = (): string =>
  process.platform === 'win32' ? 'press Ctrl+C, then npm start' : `kill -USR2 ${process.pid}`;

function crashLines(inventoryPid: number | undefined): string {
  if (process.platform === 'win32' || !inventoryPid) return '';
  return `
To see an outage, kill Inventory. Orders accepts orders (202 PENDING) and confirms them after the restart:

  kill -9 ${inventoryPid}
  ${restartHint()}
`;
}

function dataLine(data: string | undefined): string {
  if (!data) return '';
  const shown = relative(projectRoot, postgresDirectory);
  const target = data === postgresDirectory ? '' : ` -> ${data}`;
  return `\n  Data folder          ${shown}${target}  (npm run db:reset deletes it)`;
}

/** Returns the URLs of the databases without their passwords, and the file that contains those. */
export function databasesLine(databases: Databases): string {
  const urls = SERVICES.map(
    (service) => `  ${`Database ${service}`.padEnd(20)} ${hidePassword(databases[service].url)}`,
  );
  const isEmbedded = SERVICES.some((service) => databases[service].isEmbedded);
  const file = relative(projectRoot, databasesFileOf(projectRoot));
  return [...urls, ...(isEmbedded ? [`  With passwords       ${file}`] : [])].join('\n');
}
