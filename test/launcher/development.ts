import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../harness/wait';
import type { Checkout, RunningProcess } from './checkout';
import { confirmOrder } from './npm-start';
import { privateFiles } from './private-files';
import type { Report } from './report';

const STARTED = 'listens on';
const BUILT = 'Webpack is building';
const RESTARTED_WITHIN_MS = 90_000;
const PROTO = 'proto/inventory/v1/inventory.proto';
const GENERATED = 'libs/contracts/src/generated/inventory/v1/inventory.ts';

/** Checks `npm run db`, and watch mode and the migration commands while it runs. */
export const development = async (checkout: Checkout, report: Report): Promise<void> => {
  await checkout.reset();
  const terminal = checkout.open(['npm', 'run', 'db']);
  await terminal.waitForOutput('Postgres is ready.');
  await privateFiles(checkout, report, terminal.output);
  await report.part('watch mode', () => watchMode(checkout, report));
  await report.part('migrations', () => migrations(checkout, report));
  terminal.pressCtrlC();
  await terminal.waitForExit();
  await checkout.waitUntilStopped();
  report.ok('Ctrl+C ends npm run db and Postgres');

  const { code, output } = await checkout.run(['npm', 'run', 'db:status', '--', 'orders']);
  report.check(
    'without a database, db:status names the remedy and prints no stack',
    code === 1 &&
      output.includes('while npm start or npm run db runs there') &&
      !output.includes('    at '),
    output,
  );
};

const isWatchMode = ({ commandLine }: RunningProcess): boolean =>
  commandLine.includes('dist/apps/') || commandLine.includes('nest start');

const watchMode = async (checkout: Checkout, report: Report): Promise<void> => {
  const env = { ORDERS_INVENTORY_ADDRESS: `127.0.0.1:${checkout.ports.inventory}` };
  const watch = (app: string) => checkout.open(['npx', 'nest', 'start', '--watch', app], { env });
  const inventory = watch('inventory');
  const orders = watch('orders');
  const restarted = async (terminal: typeof orders, times: number) =>
    terminal.waitForOutput(STARTED, times, RESTARTED_WITHIN_MS);
  try {
    await Promise.all([restarted(inventory, 1), restarted(orders, 1)]);
    await confirmOrder(checkout);
    report.ok('watch mode starts both services, and an order is CONFIRMED');

    const line = "console.log('This line was added in watch mode.');";
    await checkout.edit('apps/inventory/src/main.ts', (text) => `${text}\n${line}\n`);
    await inventory.waitForOutput('This line was added in watch mode.', 1, RESTARTED_WITHIN_MS);
    await restarted(inventory, 2);
    report.check(
      'an edit in apps/inventory restarts Inventory alone',
      orders.count(STARTED) === 1,
      orders.output,
    );

    await checkout.edit(PROTO, (text) => text.replace(/^message /m, '// Added.\nmessage '));
    await eventually(
      'the generated types contain the new comment',
      async () => (await readFile(join(checkout.root, GENERATED), 'utf8')).includes('Added.'),
      RESTARTED_WITHIN_MS,
    );
    await Promise.all([restarted(inventory, 3), restarted(orders, 2)]);
    await confirmOrder(checkout);
    report.check(
      'an edit in proto/ generates the types and restarts each service once',
      [inventory, orders].every((one) => one.count(BUILT) === one.count(STARTED)),
      [inventory.output, orders.output].join('\n'),
    );
  } finally {
    for (const one of [inventory, orders]) if (!one.hasExited) one.pressCtrlC();
  }
  await Promise.all([inventory.waitForExit(), orders.waitForExit()]);
  await checkout.waitUntilStopped(isWatchMode);
  report.ok('Ctrl+C ends watch mode and its services');
};

const migrations = async (checkout: Checkout, report: Report): Promise<void> => {
  const db = async (command: string, ...args: string[]): Promise<string> => {
    const line = ['npm', 'run', '--silent', `db:${command}`, '--', 'orders', ...args];
    const { code, output } = await checkout.run(line);
    if (code !== 0) throw new Error(`${line.join(' ')} failed:\n${output}`);
    return output;
  };
  const reverted = await db('revert');
  const pending = await db('status');
  const migrated = await db('migrate');
  report.check(
    'db:revert, db:status and db:migrate',
    /^reverted /m.test(reverted) && pending.includes('PENDING') && /^applied /m.test(migrated),
    [reverted, pending, migrated].join('\n'),
  );

  const column = `  @Column({ type: 'text', nullable: true })\n  courier!: string | null;\n\n`;
  await checkout.edit('apps/orders/src/order/order.entity.ts', (text) =>
    text.replace('  @Column(', `${column}  @Column(`),
  );
  await db('generate', 'add-courier');
  const folder = join(checkout.root, 'apps/orders/src/database/migrations');
  const file = (await readdir(folder)).find((name) => name.endsWith('-add-courier.ts')) ?? '';
  const source = await readFile(join(folder, file), 'utf8');
  report.check(
    'db:generate writes a migration for a new column',
    /alter table "orders"\s+add "courier" text/i.test(source),
    source,
  );
};
