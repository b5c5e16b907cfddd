import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import type { Finished } from '../../tools/processes';
import type { Checkout } from './checkout';
import type { Report } from './report';
import { watchMode } from './watch';

const APPS = ['inventory', 'orders'] as const;
const NOTHING_TO_GENERATE = 'nothing to generate';

/** `npm run db`, and all that is done while it is up. */
export const databases = async (checkout: Checkout, report: Report): Promise<void> => {
  await checkout.reset();
  const terminal = checkout.open(['npm', 'run', 'db']);
  await terminal.says('Postgres is ready.');
  const printed = [...terminal.output.matchAll(/^ {2}(\w+_DATABASE_URL)=(\S+)$/gm)];
  const urls = Object.fromEntries(printed.map(([, name = '', url = '']) => [name, url] as const));
  await migratedAndSeeded(urls, report);
  await ledgerIsClosed(urls, report);
  try {
    await report.part('watch mode', () => watchMode(checkout, report, urls));
    await checkout.copySources();
    await report.part('migrations', () => migrations(checkout, report, urls));
  } finally {
    await checkout.copySources();
    terminal.pressCtrlC();
  }
  await checkout.isQuiet();
  report.ok('Ctrl+C ends npm run db, and nothing is left running');
  await saysWhatIsWrong(checkout, report, urls);
};

const saysWhatIsWrong = async (
  checkout: Checkout,
  report: Report,
  urls: NodeJS.ProcessEnv,
): Promise<void> => {
  const status = ['npm', 'run', '--silent', 'db:status', '--', 'orders'];
  const isPlain = ({ code, output }: Finished, words: string): boolean =>
    code === 1 && output.includes(words) && !output.includes('    at ');
  const gone = await checkout.run(status, urls);
  report.check(
    'without a database db:status says which, and what brings one up',
    isPlain(gone, '`npm run db` brings one up; ORDERS_DATABASE_URL names another'),
    gone.output,
  );
  const bad = await checkout.run(status, { ORDERS_DATABASE_URL: 'foo' });
  report.check(
    'a bad setting is named without a stack',
    isPlain(bad, 'ORDERS_DATABASE_URL must be a URL'),
    bad.output,
  );
};

const query = async <Row>(url: string | undefined, sql: string): Promise<Row[]> => {
  const client = new Client(url);
  await client.connect();
  try {
    const { rows } = await client.query(sql);
    return rows as Row[];
  } finally {
    await client.end();
  }
};

const migratedAndSeeded = async (
  { INVENTORY_DATABASE_URL, ORDERS_DATABASE_URL }: NodeJS.ProcessEnv,
  report: Report,
): Promise<void> => {
  const orders = await query<object>(ORDERS_DATABASE_URL, 'select * from orders');
  const stock = await query<{ sku: string; on_hand: number }>(
    INVENTORY_DATABASE_URL,
    'select sku, on_hand from stock_level order by sku',
  );
  const levels = stock.map((level) => `${level.sku}=${level.on_hand}`).join();
  report.check(
    'npm run db makes databases that are migrated and seeded',
    levels === 'burger=5,pizza=10' && orders.length === 0,
    levels,
  );
};

/** To Inventory's role by its rights, to the owner by a trigger. */
const ledgerIsClosed = async (
  { INVENTORY_DATABASE_URL, INVENTORY_OWNER_DATABASE_URL }: NodeJS.ProcessEnv,
  report: Report,
): Promise<void> => {
  const attempts = [INVENTORY_DATABASE_URL, INVENTORY_OWNER_DATABASE_URL].map((url) =>
    query(url, 'delete from stock_movement').then(
      () => 'deleted',
      (error: unknown) => String(error),
    ),
  );
  const [app = '', owner = ''] = await Promise.all(attempts);
  report.check(
    'neither Inventory nor the owner of its tables can delete from the ledger',
    app.includes('permission denied') && owner.includes('only ever added to'),
    `${app}\n${owner}`,
  );
};

const migrations = async (
  checkout: Checkout,
  report: Report,
  urls: NodeJS.ProcessEnv,
): Promise<void> => {
  const db = async (command: string, ...args: string[]): Promise<string> => {
    const line = ['npm', 'run', '--silent', `db:${command}`, '--', ...args];
    const { code, output } = await checkout.run(line, urls);
    if (code !== 0) throw new Error(`${line.join(' ')} failed:\n${output}`);
    return output;
  };
  for (const app of APPS) {
    const said: string[] = [];
    for (const command of ['status', 'revert', 'status', 'migrate', 'status']) {
      said.push(await db(command, app));
    }
    const [before = '', reverted = '', without = '', migrated = '', after = ''] = said;
    report.check(
      `${app}: db:status, db:revert and db:migrate`,
      isApplied(before) &&
        reverted.startsWith('reverted ') &&
        without.includes('PENDING') &&
        migrated.startsWith('applied ') &&
        after === before,
      said.join('\n'),
    );
    const generated = await db('generate', app, 'nothing-new');
    report.check(
      `${app}: db:generate finds nothing to generate`,
      generated.includes(NOTHING_TO_GENERATE),
      generated,
    );
  }
  await checkout.edit('apps/orders/src/order/order.entity.ts', (text) =>
    text.replace(
      '  @Column(',
      `  @Column({ type: 'text', nullable: true })\n  courier!: string | null;\n\n  @Column(`,
    ),
  );
  const said = await db('generate', 'orders', 'add-courier');
  const folder = join(checkout.root, 'apps/orders/src/database/migrations');
  const file = (await readdir(folder)).find((name) => name.endsWith('-add-courier.ts'));
  const source = file ? await readFile(join(folder, file), 'utf8') : '';
  report.check(
    'a column added to an entity comes out in the migration that db:generate writes',
    /alter table "orders"\s+add "courier" text/i.test(source),
    `${said}\n${source}`,
  );
};

const isApplied = (status: string): boolean =>
  status.startsWith('applied ') && !status.includes('PENDING');
