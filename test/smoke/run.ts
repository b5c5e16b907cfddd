/**
 * `npm run test:smoke`: does with `npm start` what the README says, in a fresh checkout: runs its sample
 * calls as they are printed and compares what comes back, takes Inventory away and brings it back,
 * stops, and starts again on the same data. Prints what it measured.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isPortFree } from '../../tools/ports';
import { eventually } from '../support/wait';
import { Launch } from './launch';
import { pageCalls, readmeCalls, type SampleCall } from './readme';

const ROOT = join(__dirname, '../..');
const ORDERS = 'http://localhost:8080/v1/orders';
const ANSWERED_WITHIN_MS = 600;
const DECIDED_WITHIN_MS = 2_000;

let passed = 0;

const check = (what: string, holds: boolean, seen: unknown): void => {
  if (!holds) throw new Error(`FAILED ${what}\n${JSON.stringify(seen, null, 2)}`);
  passed += 1;
  console.log(`ok  ${what}`);
};

const sh = async (command: string): Promise<string> => {
  const { stdout } = await promisify(execFile)('bash', ['-ec', command], { cwd: ROOT });
  return stdout;
};

/** A stream without an end is read until it has said something, and then left as Ctrl+C would. */
const shUntilItSpeaks = async (command: string): Promise<string> => {
  const child = spawn('bash', ['-ec', command], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const gone = once(child, 'close');
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  try {
    await eventually('the stream says something', () => said !== '' || child.exitCode !== null);
  } finally {
    if (child.pid && child.exitCode === null) process.kill(-child.pid, 'SIGINT');
    await gone;
  }
  return said;
};

/** These differ at each run; that they are there is enough. */
const VOLATILE = new Set([
  'id',
  'orderId',
  'reservationId',
  'createdAt',
  'updatedAt',
  'expiresAt',
  'occurredAt',
]);

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

const withoutVolatile = (text: string): string =>
  JSON.stringify(JSON.parse(text.replaceAll(UUID, '…')), (key, value: unknown) =>
    VOLATILE.has(key) ? '…' : value,
  );

const runSampleCalls = async (page: string, calls: readonly SampleCall[]): Promise<void> => {
  check(`${page} has sample calls (${calls.length})`, calls.length >= 6, calls);
  for (const { command, answer } of calls) {
    const lastCall = command.trimEnd().split('\n').at(-1);
    const got = await (command.includes('WatchStock') ? shUntilItSpeaks : sh)(command);
    const same = answer === undefined || withoutVolatile(got) === withoutVolatile(answer);
    check(`${page}: ${lastCall}`, got.trim() !== '' && same, { got, answer });
  }
};

interface Order {
  readonly id: string;
  readonly status: string;
}

const listOrders = async (): Promise<readonly Order[]> => {
  const response = await fetch(`${ORDERS}?limit=100`);
  return ((await response.json()) as { orders: Order[] }).orders;
};

const placeOrder = async () => {
  const startedMs = performance.now();
  const response = await fetch(ORDERS, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ userId: 'smoke', sku: 'pizza', quantity: 1 }),
  });
  const order = (await response.json()) as Order;
  return { status: response.status, order, tookMs: Math.round(performance.now() - startedMs) };
};

const confirmed = (id: string, sinceMs: number): Promise<number> =>
  eventually(
    `order ${id} is CONFIRMED`,
    async () => {
      const response = await fetch(`${ORDERS}/${id}`);
      const { status } = (await response.json()) as Order;
      return status === 'CONFIRMED' && Math.round(performance.now() - sinceMs);
    },
    15_000,
  );

/** Three orders while Inventory gives no answer. The quickest counts: a busy machine is no fault. */
const orderWithoutInventory = async (how: string): Promise<readonly Order[]> => {
  const answers = [await placeOrder(), await placeOrder(), await placeOrder()];
  const quickestMs = Math.min(...answers.map(({ tookMs }) => tookMs));
  const pending = answers.every(
    ({ status, order }) => status === 202 && order.status === 'PENDING',
  );
  check(`Inventory ${how}: 202 PENDING, three times`, pending, answers);
  check(
    `Inventory ${how}: answered after ${quickestMs} ms`,
    quickestMs < ANSWERED_WITHIN_MS,
    answers,
  );
  return answers.map(({ order }) => order);
};

const allConfirmed = async (orders: readonly Order[], how: string): Promise<void> => {
  const sinceMs = performance.now();
  const decidedMs = Math.max(
    ...(await Promise.all(orders.map(({ id }) => confirmed(id, sinceMs)))),
  );
  check(
    `Inventory ${how}: all CONFIRMED after ${decidedMs} ms`,
    decidedMs < DECIDED_WITHIN_MS,
    orders,
  );
};

const takeInventoryAway = async (launch: Launch): Promise<void> => {
  process.kill(launch.inventoryPid, 'SIGKILL');
  await launch.says('Inventory has ended');
  const orders = await orderWithoutInventory('gone');
  process.kill(launch.pid, 'SIGUSR2');
  await launch.says('Inventory is ready again');
  await allConfirmed(orders, 'back');
};

const freezeInventory = async (launch: Launch): Promise<void> => {
  process.kill(launch.inventoryPid, 'SIGSTOP');
  const orders = await orderWithoutInventory('frozen');
  process.kill(launch.inventoryPid, 'SIGCONT');
  await allConfirmed(orders, 'thawed');
};

/** Beside the running system, whose database it finds by itself. */
const verify = async (): Promise<void> => {
  const said = await sh('node --import tsx tools/verify/verify.ts');
  check('both databases agree, and explain themselves', /^No differences\.$/m.test(said), said);
};

const stopCleanly = async (launch: Launch): Promise<void> => {
  const code = await launch.stop();
  const ports = await Promise.all([8080, 9090].map((port) => isPortFree(port, '127.0.0.1')));
  check('SIGTERM stops everything, with exit code 0', code === 0 && ports.every(Boolean), { code });
};

const main = async (): Promise<void> => {
  if (existsSync(join(ROOT, '.quickbite'))) {
    throw new Error(
      '.quickbite/ exists, and the README is about a first start. Run `npm run db:reset`.',
    );
  }
  const first = await Launch.ready(ROOT);
  let before: readonly Order[];
  try {
    console.log(`ok  npm start is ready after ${first.readyAfterMs} ms`);
    await runSampleCalls('README.md', readmeCalls(join(ROOT, 'README.md')));
    for (const page of ['docs/inventory.md', 'docs/orders.md']) {
      await runSampleCalls(page, pageCalls(join(ROOT, page)));
    }
    await freezeInventory(first);
    await takeInventoryAway(first);
    await verify();
    before = await listOrders();
    await stopCleanly(first);
  } finally {
    await first.stop();
  }
  const second = await Launch.ready(ROOT);
  try {
    console.log(`ok  the second npm start is ready after ${second.readyAfterMs} ms`);
    const after = await listOrders();
    check(
      'it has the orders of the first',
      JSON.stringify(after) === JSON.stringify(before),
      after,
    );
    await stopCleanly(second);
  } finally {
    await second.stop();
  }
};

main().then(
  () => console.log(`${passed} passed, 0 failed`),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    console.log(`${passed} passed, 1 failed`);
    process.exitCode = 1;
  },
);
