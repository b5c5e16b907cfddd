import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isPortFree } from '../../tools/ports';
import { Report, runAndExit } from '../launcher/report';
import { Terminal } from '../launcher/terminal';
import { eventually } from '../harness/wait';
import {
  isDocumented,
  pageCalls,
  readmeCalls,
  runCall,
  type SampleCall,
  shell,
} from './sample-calls';

/**
 * `npm run test:smoke`: follows the README in a fresh checkout. It runs the sample calls of the docs
 * against `npm start` and compares the responses, kills Inventory and starts it again, verifies both
 * databases, and starts a second time on the same data.
 */
const ROOT = join(__dirname, '../..');
const ORDERS = 'http://localhost:8080/v1/orders';
const RUN_WITHIN_MS = 600_000;
const PENDING_WITHIN_MS = 600;
const CONFIRMED_WITHIN_MS = 2_000;

const report = new Report();
let terminal: Terminal | undefined;

/** Starts what `npm start` runs, without npm in between, so that its exit code can be checked. */
const start = async (): Promise<Terminal> => {
  const startedMs = performance.now();
  terminal = new Terminal([process.execPath, '--import', 'tsx', 'tools/start.ts'], { cwd: ROOT });
  await terminal.waitForOutput('QuickBite is ready.');
  report.ok(`npm start is ready after ${Math.round(performance.now() - startedMs)} ms`);
  return terminal;
};

const stop = async (running: Terminal): Promise<void> => {
  running.terminate();
  const code = await running.waitForExit();
  const ports = await Promise.all([8080, 9090].map((port) => isPortFree(port, '127.0.0.1')));
  report.check(
    'SIGTERM stops both services with exit code 0',
    code === 0 && !ports.includes(false),
    {
      code,
      ports,
    },
  );
};

const sampleCalls = async (page: string, calls: readonly SampleCall[]): Promise<void> => {
  report.check(`${page} has sample calls (${calls.length})`, calls.length >= 2, calls);
  for (const call of calls) {
    const output = await runCall(call, ROOT);
    const lastLine = call.command.trimEnd().split('\n').at(-1);
    report.check(`${page}: ${lastLine}`, isDocumented(call, output), { ...call, output });
  }
};

interface Order {
  readonly id: string;
  readonly status: string;
}

const placeOrder = async () => {
  const startedMs = performance.now();
  const response = await fetch(ORDERS, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ userId: 'smoke', sku: 'pizza', quantity: 1 }),
  });
  const { id, status } = (await response.json()) as Order;
  return { code: response.status, id, status, tookMs: Math.round(performance.now() - startedMs) };
};

const statusOf = async (id: string): Promise<string> =>
  ((await (await fetch(`${ORDERS}/${id}`)).json()) as Order).status;

const listOrders = async (): Promise<string> => (await fetch(`${ORDERS}?limit=100`)).text();

const postgresPortOf = ({ output }: Terminal): string | undefined =>
  /@127\.0\.0\.1:(\d+)\/orders/.exec(output)?.[1];

/** Uses the command of the banner. */
const restock = async ({ output }: Terminal): Promise<void> => {
  const command = /npm run stock -- adjust .*/.exec(output)?.[0] ?? '';
  const restocked = await shell(command, ROOT);
  report.check(command, /burger: \d+ on hand, .* available\./.test(restocked), restocked);
};

/** Uses the commands of the banner: `kill -9` for Inventory, SIGUSR2 to start it again. */
const outage = async (running: Terminal): Promise<void> => {
  const [, inventoryPid] = /kill -9 (\d+)/.exec(running.output) ?? [];
  process.kill(Number(inventoryPid), 'SIGKILL');
  await running.waitForOutput('Inventory has ended');
  const orders = [await placeOrder(), await placeOrder(), await placeOrder()];
  // The fastest response counts, since the machine may be busy.
  const fastestMs = Math.min(...orders.map(({ tookMs }) => tookMs));
  report.check(
    `Inventory is down: three orders are 202 PENDING, after ${fastestMs} ms`,
    orders.every(({ code, status }) => code === 202 && status === 'PENDING') &&
      fastestMs < PENDING_WITHIN_MS,
    orders,
  );
  process.kill(running.pid, 'SIGUSR2');
  await running.waitForOutput('Inventory is ready again');
  const readyMs = performance.now();
  await eventually('the three orders are CONFIRMED', async () => {
    const statuses = await Promise.all(orders.map(({ id }) => statusOf(id)));
    return statuses.every((status) => status === 'CONFIRMED');
  });
  const tookMs = Math.round(performance.now() - readyMs);
  report.check(
    `Inventory is up again: all are CONFIRMED after ${tookMs} ms`,
    tookMs < CONFIRMED_WITHIN_MS,
    tookMs,
  );
};

const smoke = async (): Promise<void> => {
  if (existsSync(join(ROOT, '.quickbite'))) {
    throw new Error('.quickbite/ exists, but this needs a first start. Run `npm run db:reset`.');
  }
  const first = await start();
  await sampleCalls('README.md', readmeCalls(join(ROOT, 'README.md')));
  for (const page of ['docs/inventory.md', 'docs/orders.md', 'docs/webhooks.md']) {
    await sampleCalls(page, pageCalls(join(ROOT, page)));
  }
  await restock(first);
  await outage(first);
  const verified = await shell('npm run --silent verify', ROOT);
  report.check(
    'npm run verify finds no differences',
    /^PASS: no differences\.$/m.test(verified),
    verified,
  );
  const before = await listOrders();
  await stop(first);

  const second = await start();
  report.check(
    'the second start has Postgres on the port of the first',
    postgresPortOf(second) !== undefined && postgresPortOf(second) === postgresPortOf(first),
    [first.output, second.output],
  );
  const after = await listOrders();
  report.check('the second start has the orders of the first', after === before, after);
  await stop(second);
};

const cleanUp = async (): Promise<void> => {
  if (!terminal || terminal.hasExited) return;
  terminal.terminate();
  await terminal.waitForExit();
};

void runAndExit(report, smoke, cleanUp, RUN_WITHIN_MS);
