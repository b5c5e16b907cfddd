import { relative } from 'node:path';
import { type DatabaseUrls, type LaunchSettings, reachableAt } from './launch-settings';
import { postgresDirectory, projectRoot } from './tool';

export interface StartedSystem {
  readonly settings: LaunchSettings;
  readonly databases: Pick<DatabaseUrls, 'inventory' | 'orders'>;
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
  Database inventory   ${hideExternalPassword(databases.inventory)}
  Database orders      ${hideExternalPassword(databases.orders)}${dataLine(data)}

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

/**
 * Hides the password in the URL of an external database. The passwords of the embedded Postgres are
 * public. A password that is not percent-encoded may contain any character, so everything up to the
 * last @ counts as the password.
 */
export function hideExternalPassword(url: string): string {
  return url
    .replace(/^([a-z]+:\/\/[^:]*):(?!(?:quickbite|inventory_app)@[^@]*$).*@/is, '$1:***@')
    .replace(/([?&]password=)[^&]*/i, '$1***');
}
