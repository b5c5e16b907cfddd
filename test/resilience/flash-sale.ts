import { setTimeout as sleep } from 'node:timers/promises';
import { DutyCycle } from '../harness/duty-cycle';
import { atMost, type Figure, formatNumber, measured, percentile, zero } from '../harness/figures';
import { OrderConnections, orderRequest } from '../harness/load/order-caller';
import { RecordedLoad } from '../harness/load/recorded-load';
import type { ServiceCluster } from '../harness/service-cluster';
import { givenStock } from '../harness/stock';
import { times } from '../harness/wait';
import type { Log } from '../../tools/tool';
import { SKUS, startCluster, verifyAndStop } from './scenario';

const BUYERS = 1_000;
const UNITS = 600;
const ARRIVAL_MS = 1_000;
const PATIENCE_MS = 10_000;
/** A quarter of a core for each service. */
const SHARE = 0.25;
const WARM_UP_MS = 4_000;
const SLOW_MS = 3_000;
const CLIENTS = 64;

interface Bought {
  readonly status: number;
  readonly tookMs: number;
}

/** One sale: its SKU, and whether its buyers say how long they wait. */
interface Sale {
  readonly sku: string;
  readonly timeoutMs?: number;
}

/** 1,000 buyers of 600 units arrive within a second, at services with a quarter of a core each. */
export const flashSale = async (log: Log): Promise<Figure[]> => {
  const patient: Sale = { sku: 'flash-patient', timeoutMs: PATIENCE_MS };
  const silent: Sale = { sku: 'flash-silent' };
  const cluster = await startCluster();
  await givenStock(cluster.inventoryDatabase, [patient.sku, silent.sku], UNITS);
  await load(cluster, 'warm-up', WARM_UP_MS);
  const figures: Figure[] = [];
  for (const sale of [patient, silent]) {
    log(`flash-sale: ${sale.sku}`);
    figures.push(...figuresOf(sale, await hold(cluster, sale)));
    await cluster.awaitQuiescence();
    figures.push(...(await soldFigures(cluster, sale)));
  }
  return [...figures, await verifyAndStop(cluster)];
};

/** Loads the services with other orders, so that the code is warm or the limit of admission is low. */
const load = async ({ orders }: ServiceCluster, name: string, forMs: number): Promise<void> => {
  const recorded = RecordedLoad.start(name, {
    clients: CLIENTS,
    skus: SKUS,
    to: () => orders.address,
  });
  await sleep(forMs);
  await recorded.stop();
};

/** Throttles both services, loads them until Orders has noticed, and lets the buyers in. */
const hold = async (cluster: ServiceCluster, sale: Sale): Promise<Bought[]> => {
  const { orders, inventory } = cluster;
  const throttles = [orders, inventory].map((process) => DutyCycle.start(process, SHARE));
  await load(cluster, `before-${sale.sku}`, SLOW_MS);
  const bought = await Promise.all(
    times(BUYERS, async (index) => {
      await sleep((ARRIVAL_MS * index) / BUYERS);
      return buy(cluster, sale, index);
    }),
  );
  throttles.forEach((throttle) => throttle.stop());
  return bought;
};

const buy = async (
  { orders: { address } }: ServiceCluster,
  { sku, timeoutMs }: Sale,
  index: number,
): Promise<Bought> => {
  const connections = new OrderConnections();
  const startedMs = performance.now();
  const request = orderRequest(address, [sku], { key: `${sku}-${index}`, timeoutMs });
  const { status } = await connections.send(address, request);
  connections.close();
  return { status, tookMs: performance.now() - startedMs };
};

const figuresOf = ({ timeoutMs }: Sale, bought: readonly Bought[]): Figure[] => {
  const who = timeoutMs === undefined ? 'without a timeout' : `waiting ${timeoutMs / 1_000} s`;
  const count = (...statuses: number[]) =>
    bought.filter(({ status }) => statuses.includes(status)).length;
  const others = BUYERS - count(201, 202, 409);
  const p99Ms = percentile(
    bought.map(({ tookMs }) => tookMs),
    0.99,
  );
  const decided = [201, 202, 409, 503].map((status) => `${count(status)} × ${status}`).join(', ');
  const isPatient = timeoutMs !== undefined;
  return [
    measured(`buyers ${who}`, decided),
    isPatient
      ? zero(`buyers ${who}: refused or without an answer`, others)
      : measured(`buyers ${who}: refused or without an answer`, formatNumber(others)),
    isPatient
      ? atMost(`buyers ${who}: p99`, p99Ms, timeoutMs, 'ms')
      : measured(`buyers ${who}: p99`, `${formatNumber(p99Ms)} ms`),
  ];
};

const soldFigures = async (
  { ordersDatabase }: ServiceCluster,
  { sku, timeoutMs }: Sale,
): Promise<Figure[]> => {
  const [row] = await ordersDatabase.query<{ sold: number }>(
    `select count(*)::int as sold from orders join order_item on order_id = id
      where sku = $1 and status = 'CONFIRMED'`,
    [sku],
  );
  const sold = row?.sold ?? Number.NaN;
  return [
    timeoutMs === undefined
      ? measured(`sold of ${UNITS} units`, formatNumber(sold))
      : zero(`units of ${UNITS} that were not sold, or sold twice`, Math.abs(UNITS - sold)),
  ];
};
