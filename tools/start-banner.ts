import { relative } from 'node:path';
import { type DatabaseUrls, type LaunchSettings, reachableAt } from './launch-settings';
import { postgresDirectory, projectRoot } from './tool';

export interface Running {
  readonly settings: LaunchSettings;
  readonly databases: Pick<DatabaseUrls, 'inventory' | 'orders'>;
  /** Where the embedded Postgres keeps its data; absent when none was started. */
  readonly data?: string;
  readonly inventoryPid?: number;
}

/** Where everything is, and what to paste to see it work. Scripts wait for the last line. */
export function startBanner({ settings, databases, data, inventoryPid }: Running): string {
  const rest = `http://${reachableAt(settings.orders)}`;
  const grpc = reachableAt(settings.inventory);
  const reserve = 'inventory.v1.InventoryService/ReserveStock';
  return `
  Orders, REST         ${rest}/v1/orders
  Swagger UI           ${rest}/docs
  Inventory, gRPC      ${grpc}
  Database inventory   ${withoutForeignPassword(databases.inventory)}
  Database orders      ${withoutForeignPassword(databases.orders)}${dataLine(data)}

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

/** How to start what has ended again, without a second terminal full of settings. */
export const startAgain = (): string =>
  process.platform === 'win32' ? 'press Ctrl+C, then npm start' : `kill -USR2 ${process.pid}`;

function crashLines(inventoryPid: number | undefined): string {
  if (process.platform === 'win32' || !inventoryPid) return '';
  return `
What if Inventory dies? Orders are accepted (202 PENDING), and confirmed once it is back:

  kill -9 ${inventoryPid}
  ${startAgain()}
`;
}

function dataLine(data: string | undefined): string {
  if (!data) return '';
  const shown = relative(projectRoot, postgresDirectory);
  const real = data === postgresDirectory ? '' : ` -> ${data}`;
  return `\n  Data folder          ${shown}${real}  (npm run db:reset deletes it)`;
}

/**
 * The embedded Postgres's passwords are no secret; that of somebody's own database is. One that is
 * not percent-encoded may hold any character, so all up to the last @ counts as the password.
 */
export function withoutForeignPassword(url: string): string {
  return url
    .replace(/^([a-z]+:\/\/[^:]*):(?!(?:quickbite|inventory_app)@[^@]*$).*@/is, '$1:***@')
    .replace(/([?&]password=)[^&]*/i, '$1***');
}
