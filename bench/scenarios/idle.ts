import { setTimeout as sleep } from 'node:timers/promises';
import { median, atMost, type Figure, measured, formatNumber } from '../../test/harness/figures';
import { memoryMbOf } from '../../test/harness/process-memory';
import { eventually, times } from '../../test/harness/wait';
import { Checkout } from '../../test/launcher/checkout';
import { verifyFigure } from '../audit';
import type { Bench, Scenario } from '../bench';
import { Ours } from '../ours';
import { giveStock, HOT } from '../stock';

const MAX_MB = 130;
const ORDERS = 50;
/** What starting has left behind is given back by Node after 15 to 20 s in which little happens. */
const REST_MS = 30_000;
const STARTS = 3;
const MAX_START_MS = 6_000;
const POLL_INTERVAL_MS = 20;

/** What it takes to have it at all, on a developer's machine. */
export const idle: Scenario = {
  title: 'Memory at rest, and from `npm start` to the first order',
  run: async (bench) => ({
    contestants: [],
    figures: [...(await memory(bench)), ...(await launches(bench))],
  }),
};

const memory = async (bench: Bench): Promise<Figure[]> => {
  const ours = await Ours.start(bench);
  await giveStock(ours.databases.inventory, HOT);
  const [inventory] = ours.inventories;
  const look = async (after: string): Promise<Figure[]> => {
    const busy = [await memoryMbOf(ours.orders.pid), await memoryMbOf(inventory?.pid)];
    await sleep(REST_MS);
    const when = `at rest for ${REST_MS / 1_000} s after ${after}`;
    return [
      measured(
        `Orders and Inventory, right after ${after}`,
        `${busy.map(formatNumber).join(' and ')} MB`,
      ),
      atMost(`Orders, ${when}`, await memoryMbOf(ours.orders.pid), MAX_MB, 'MB'),
      atMost(`Inventory, ${when}`, await memoryMbOf(inventory?.pid), MAX_MB, 'MB'),
    ];
  };
  const started = await look('their start');
  for (let placed = 0; placed < ORDERS; placed += 1) {
    if (!(await isPlaced(ours.orders.url, 'hot'))) throw new Error('An order was not CONFIRMED');
  }
  const used = await look(`${ORDERS} orders`);
  bench.say([...started, ...used].map(({ value }) => value).join(', '));
  return [...started, ...used, await verifyFigure(bench, ours)];
};

const isPlaced = async (url: string, sku: string): Promise<boolean> => {
  const answer = await fetch(`${url}/v1/orders`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ userId: 'bench', sku, quantity: 1 }),
  });
  const { status } = (await answer.json()) as { status?: unknown };
  return answer.status === 201 && status === 'CONFIRMED';
};

/** In a copy of this checkout, which has been started before: it is built, and has its data. */
const launches = async (bench: Bench): Promise<Figure[]> => {
  const checkout = await Checkout.make();
  bench.atEnd(() => checkout.remove());
  const first = await launch(checkout);
  const tookMs: number[] = [];
  for (const start of times(STARTS, (index) => index + 1)) {
    tookMs.push(await launch(checkout));
    bench.say(`npm start ${start} of ${STARTS}: ${formatNumber(tookMs.at(-1) ?? NaN)} ms`);
  }
  return [
    measured('npm start to the first order, the first of all', `${formatNumber(first)} ms`),
    atMost('npm start to the first order, on existing data', median(tookMs), MAX_START_MS, 'ms'),
  ];
};

/** From the command to the first answer CONFIRMED. */
const launch = async (checkout: Checkout): Promise<number> => {
  const startedMs = performance.now();
  const terminal = checkout.open(['npm', 'start']);
  const url = `http://127.0.0.1:${checkout.ports.orders}`;
  await eventually(
    'the first order is CONFIRMED',
    async () => {
      if (terminal.hasExited) throw new Error(`npm start ended:\n${terminal.output}`);
      const placed = await isPlaced(url, 'pizza').catch(() => false);
      if (!placed) await sleep(POLL_INTERVAL_MS);
      return placed;
    },
    120_000,
  );
  const tookMs = performance.now() - startedMs;
  await terminal.waitForOutput('QuickBite is ready.');
  terminal.pressCtrlC();
  await terminal.waitForExit();
  await checkout.waitUntilStopped();
  return tookMs;
};
