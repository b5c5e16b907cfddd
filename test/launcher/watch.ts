import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../support/wait';
import type { Checkout } from './checkout';
import { confirmedOrder } from './orders';
import type { Report } from './report';
import { isService } from './start-and-stop';
import type { Terminal } from './terminal';

const UP = 'listens on';
const BUILD = 'Webpack is building';
const RESTARTED_WITHIN_MS = 90_000;
const GENERATED = 'libs/contracts/src/generated/inventory/v1/inventory.ts';

/** Both services in watch mode, while `npm run db` is up at `urls`. */
export const watchMode = async (
  checkout: Checkout,
  report: Report,
  urls: NodeJS.ProcessEnv,
): Promise<void> => {
  const env = { ...urls, ORDERS_INVENTORY_ADDRESS: `127.0.0.1:${checkout.ports.inventory}` };
  const watching = (app: string) =>
    checkout.open(['npx', 'nest', 'start', '--watch', app], { env });
  const both = [watching('inventory'), watching('orders')] as const;
  try {
    for (const terminal of both) await terminal.says(UP);
    await confirmedOrder(checkout.ports.orders);
    report.ok('npx nest start --watch starts both services, and an order is CONFIRMED');
    await editEverywhere(checkout, report, both);
    await confirmedOrder(checkout.ports.orders);
    report.ok('an order placed after the edits is CONFIRMED');
    report.check(
      'each build was followed by one start, and none is under way',
      both.every((terminal) => terminal.count(BUILD) === terminal.count(UP)),
      both.map((terminal) => terminal.output).join('\n'),
    );
    await breakTypes(checkout, both);
    report.ok('a name that is gone from proto, and still used, is told as a type error');
  } finally {
    for (const terminal of both) if (!terminal.hasEnded) terminal.pressCtrlC();
  }
  for (const terminal of both) await terminal.ended();
  await checkout.isQuiet((one) => isService(one) || one.commandLine.includes('nest start'));
  report.ok('Ctrl+C ends watch mode and its services');
};

const editEverywhere = async (
  checkout: Checkout,
  report: Report,
  both: readonly [inventory: Terminal, orders: Terminal],
): Promise<void> => {
  const [inventory, orders] = both;
  const ordersStarts = orders.count(UP);
  await edit(checkout, 'apps/inventory/src/main.ts', [inventory]);
  report.check(
    'an edit in apps/inventory restarts Inventory alone',
    orders.count(UP) === ordersStarts,
    orders.output,
  );
  await edit(checkout, 'libs/runtime/src/run-service.ts', both);
  report.ok('an edit in libs restarts both');

  const starts = both.map((terminal) => terminal.count(UP));
  const comment = 'What is wanted, as edited in watch mode.';
  await checkout.edit('proto/inventory/v1/inventory.proto', (text) =>
    text.replace('What is wanted.', comment),
  );
  await eventually(
    'the generated types have the new comment',
    async () => (await readFile(join(checkout.root, GENERATED), 'utf8')).includes(comment),
    RESTARTED_WITHIN_MS,
  );
  for (const [index, terminal] of both.entries()) {
    await terminal.says(UP, (starts[index] ?? 0) + 1, RESTARTED_WITHIN_MS);
  }
  report.ok('an edit in proto makes the types anew, and restarts both');
};

/** Orders does not use the name, so it starts once more. Inventory is not started with the error. */
const breakTypes = async (
  checkout: Checkout,
  [inventory, orders]: readonly [inventory: Terminal, orders: Terminal],
): Promise<void> => {
  const starts = orders.count(UP);
  await checkout.edit('proto/inventory/v1/inventory.proto', (text) =>
    text.replaceAll('STOCK_MOVEMENT_KIND_ADJUSTED', 'STOCK_MOVEMENT_KIND_CORRECTED'),
  );
  await inventory.says("'STOCK_MOVEMENT_KIND_ADJUSTED' does not exist", 1, RESTARTED_WITHIN_MS);
  await orders.says(UP, starts + 1, RESTARTED_WITHIN_MS);
};

/** Makes the file say something at its start, and waits until these have said it and are up. */
const edit = async (
  checkout: Checkout,
  file: string,
  terminals: readonly Terminal[],
): Promise<void> => {
  const words = `This runs the edited ${file}.`;
  const starts = terminals.map((terminal) => terminal.count(UP));
  await checkout.edit(file, (text) => `${text}\nconsole.log('${words}');\n`);
  for (const [index, terminal] of terminals.entries()) {
    await terminal.says(words, 1, RESTARTED_WITHIN_MS);
    await terminal.says(UP, (starts[index] ?? 0) + 1, RESTARTED_WITHIN_MS);
  }
};
