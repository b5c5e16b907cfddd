import { setTimeout as sleep } from 'node:timers/promises';
import { atMost, type Figure, formatNumber, measured, median } from '../../test/harness/figures';
import { OrdersClient } from '../../test/harness/orders-client';
import { memoryMbOf } from '../../test/harness/process-memory';
import { givenStock } from '../../test/harness/stock';
import { eventually, times } from '../../test/harness/wait';
import { Checkout } from '../../test/launcher/checkout';
import { verifyFigure } from '../audit';
import type { Bench, Scenario } from '../bench';
import { watchCpu } from '../cpu-usage';
import { startCluster } from '../cluster';
import { HOT, PLENTY } from '../skus';

const MAX_MB = 130;
const ORDERS = 50;
/** Node returns the memory of the start to the system after 15 to 20 s with little to do. */
const REST_MS = 30_000;
/** The end of it, in which the CPU is measured. The kernel counts it in hundredths of a second. */
const CPU_MS = 10_000;
const MAX_CPU_PERCENT = 1;
const STARTS = 3;
const MAX_START_MS = 6_000;
const START_TIMEOUT_MS = 120_000;
const POLL_INTERVAL_MS = 30;

/** What the services cost on a developer's machine. */
export const idle: Scenario = {
  title: 'Memory and CPU at rest, and from `npm start` to the first order',
  run: async (bench) => ({
    series: [],
    figures: [...(await memoryFigures(bench)), ...(await startFigures(bench))],
  }),
};

const memoryFigures = async (bench: Bench): Promise<Figure[]> => {
  const cluster = await startCluster(bench);
  const { orders, inventory } = cluster;
  await givenStock(cluster.inventoryDatabase, HOT, PLENTY);
  const figuresAfter = async (event: string): Promise<Figure[]> => {
    const busy = [await memoryMbOf(orders.pid), await memoryMbOf(inventory.pid)];
    await sleep(REST_MS - CPU_MS);
    const usage = await watchCpu();
    await sleep(CPU_MS);
    const cores = await usage();
    const percent = (service: string): number => 100 * (cores.get(service) ?? 0);
    const when = `at rest for ${REST_MS / 1_000} s after ${event}`;
    return [
      measured(
        `Orders and Inventory, right after ${event}`,
        `${busy.map(formatNumber).join(' and ')} MB`,
      ),
      atMost(`Orders, ${when}`, await memoryMbOf(orders.pid), MAX_MB, 'MB'),
      atMost(`Inventory, ${when}`, await memoryMbOf(inventory.pid), MAX_MB, 'MB'),
      atMost(`Orders, CPU ${when}`, percent('Orders'), MAX_CPU_PERCENT, '% of a core'),
      atMost(`Inventory, CPU ${when}`, percent('Inventory'), MAX_CPU_PERCENT, '% of a core'),
    ];
  };
  const started = await figuresAfter('their start');
  for (let placed = 0; placed < ORDERS; placed += 1) {
    if (!(await isConfirmed(orders.client, 'hot'))) throw new Error('An order was not CONFIRMED');
  }
  const used = await figuresAfter(`${ORDERS} orders`);
  bench.log([...started, ...used].map(({ value }) => value).join(', '));
  return [...started, ...used, await verifyFigure(bench, cluster)];
};

const isConfirmed = async (client: OrdersClient, sku: string): Promise<boolean> => {
  const { status, body } = await client.place({ userId: 'bench', sku, quantity: 1 });
  return status === 201 && body.status === 'CONFIRMED';
};

/** Measures `npm start` in a copy of this checkout that was built and started before. */
const startFigures = async (bench: Bench): Promise<Figure[]> => {
  const checkout = await Checkout.make();
  bench.atEnd(() => checkout.remove());
  const first = await measureStart(checkout);
  const tookMs: number[] = [];
  for (const start of times(STARTS, (index) => index + 1)) {
    tookMs.push(await measureStart(checkout));
    bench.log(`npm start ${start} of ${STARTS}: ${formatNumber(tookMs.at(-1) ?? NaN)} ms`);
  }
  return [
    measured('npm start to the first order, without data', `${formatNumber(first)} ms`),
    atMost('npm start to the first order, on existing data', median(tookMs), MAX_START_MS, 'ms'),
  ];
};

/** Returns the time from the command to the first CONFIRMED order. */
const measureStart = async (checkout: Checkout): Promise<number> => {
  const startedMs = performance.now();
  const terminal = checkout.open(['npm', 'start']);
  const client = new OrdersClient(`http://127.0.0.1:${checkout.ports.orders}`);
  await eventually(
    'the first order is CONFIRMED',
    () => {
      if (terminal.hasExited) throw new Error(`npm start ended:\n${terminal.output}`);
      return isConfirmed(client, 'pizza').catch(() => false);
    },
    START_TIMEOUT_MS,
    POLL_INTERVAL_MS,
  );
  const tookMs = performance.now() - startedMs;
  await terminal.waitForOutput('QuickBite is ready.');
  terminal.pressCtrlC();
  await terminal.waitForExit();
  await checkout.waitUntilStopped();
  return tookMs;
};
