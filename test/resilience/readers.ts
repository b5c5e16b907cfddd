import { cloneDatabases } from '../harness/cluster-network';
import { fillDataset, layerSkus, skuName } from '../harness/dataset/fill';
import {
  atLeast,
  type Figure,
  formatNumber,
  measured,
  median,
  sum,
  zero,
} from '../harness/figures';
import { HealthChecks, type HealthCounts } from '../harness/health-checks';
import type { ReadPlan } from '../harness/load/hostile-reads';
import { LoadGenerator } from '../harness/load/load-generator';
import type { LoadPlan, Measured } from '../harness/load/plan';
import { HostileReaders } from '../harness/load/readers';
import type { ReadReport } from '../harness/load/readers-process';
import { ServiceCluster } from '../harness/service-cluster';
import { times } from '../harness/wait';
import type { Log } from '../../tools/tool';
import { verifyAndStop } from './scenario';

/** Of each protocol. */
const READERS = 64;
const CLIENTS = 64;
const ROUNDS = 5;
const ROUND_MS = 6_000;
const WARM_UP_MS = 2_000;
const SIZE = { skus: 2_000, orders: 200_000 };
/** Those with the most past orders, among others. */
const SKUS = times(20, (nth) => skuName(nth + 1));
const LARGE_ORDERS = 120;

interface Round {
  readonly orders: Measured;
  readonly report?: ReadReport;
}

/** Orders beside 64 hostile readers of each service, on skewed data. */
export const readers = async (log: Log): Promise<Figure[]> => {
  const cluster = await startSkewed(log);
  const load = LoadGenerator.start();
  const hostile = HostileReaders.start();
  const plan = await readPlan(cluster);
  const rounds: Record<'alone' | 'besideReaders', Round[]> = { alone: [], besideReaders: [] };
  const health: HealthCounts[] = [];
  for (const round of times(ROUNDS, (index) => index + 1)) {
    rounds.alone.push({ orders: await load.measure(orderPlan(cluster)) });
    const checks = new HealthChecks(cluster);
    const { result, report } = await hostile.readDuring(plan, () =>
      load.measure(orderPlan(cluster)),
    );
    health.push(await checks.stop());
    rounds.besideReaders.push({ orders: result, report });
    const [alone, beside] = [rounds.alone.at(-1)?.orders.perSecond ?? 0, result.perSecond];
    log(`readers: round ${round} of ${ROUNDS}, ${formatNumber(beside / alone)} ×`);
    await cluster.awaitQuiescence();
  }
  await Promise.all([load.stop(), hostile.stop()]);
  return [
    ...orderFigures(rounds),
    measured('health checks', formatNumber(sum(health.map(({ checks }) => checks)))),
    zero('failed health checks of Orders', sum(health.map(({ orders }) => orders))),
    zero('failed health checks of Inventory', sum(health.map(({ inventory }) => inventory))),
    ...readFigures(rounds.besideReaders),
    zero('wrong answers to orders', load.wrong.count),
    await verifyAndStop(cluster),
  ];
};

const startSkewed = async (log: Log): Promise<ServiceCluster> => {
  const databases = await cloneDatabases();
  await fillDataset({
    ordersUrl: databases.orders.ownerUrl,
    inventoryUrl: databases.inventory.ownerUrl,
    log: () => undefined,
    ...SIZE,
  });
  log(`readers: filled ${formatNumber(SIZE.orders)} orders`);
  return ServiceCluster.start({ databases, env: { LOG_LEVEL: 'warn' } });
};

const orderPlan = ({ orders }: ServiceCluster): LoadPlan => ({
  call: 'order',
  addresses: [orders.address],
  clients: CLIENTS,
  wanted: { skus: SKUS, lines: 1, draw: 'even' },
  expects: 'accepted',
  hasKeys: true,
  allowsOverload: true,
  warmUpMs: WARM_UP_MS,
  measureMs: ROUND_MS,
});

/** Places orders of 100 unknown items each, the largest that a list can have. */
const placeLargeOrders = async ({ client }: ServiceCluster): Promise<void> => {
  const items = times(100, (nth) => ({ sku: `${nth}-`.padEnd(64, 'x'), quantity: 1 }));
  for (let nth = 0; nth < LARGE_ORDERS; nth += 1) await client.place({ userId: 'large', items });
};

const readPlan = async (cluster: ServiceCluster): Promise<ReadPlan> => {
  await placeLargeOrders(cluster);
  const { past, popular, rare } = layerSkus(SIZE);
  const [order] = await cluster.ordersDatabase.query<{ id: string }>(
    'select id from orders order by id limit 1',
  );
  const lists = ['', `sku=${past}`, `sku=${popular}`, `sku=${rare}`, 'userId=user-1'].map(
    (filter) => `/v1/orders?limit=100&${filter}`,
  );
  const popularSkus = times(100, (nth) => `sku-${nth + 1}`);
  const at = { seconds: Math.floor(Date.now() / 1_000) - 60, nanos: 0 };
  const list = { reservationId: '', afterSeq: 0, pageSize: 1_000 };
  return {
    orders: cluster.orders.address,
    inventory: cluster.inventory.address,
    readers: READERS,
    paths: [
      ...lists,
      `/v1/orders?limit=100&sku=${past}&status=CONFIRMED`,
      '/v1/orders?limit=100&userId=large&status=CANCELLED',
      `/v1/orders/${order?.id}/timeline`,
    ],
    calls: [
      ['ListStock', { pageSize: 1_000, pageToken: '' }],
      ['ListStockMovements', { ...list, sku: popular }],
      ['ListStockMovements', { ...list, sku: past }],
      ['GetStock', { skus: popularSkus, at }],
      ['GetStock', { skus: popularSkus }],
    ],
  };
};

const orderFigures = ({ alone, besideReaders }: Record<string, Round[]>): Figure[] => {
  const perSecond = (of: readonly Round[] = []) => of.map(({ orders }) => orders.perSecond);
  const ratios = perSecond(besideReaders).map((rate, n) => rate / (perSecond(alone)[n] ?? NaN));
  const pending = median(besideReaders?.map(({ orders }) => orders.pendingPerSecond) ?? []);
  const p99 = (of: readonly Round[] = []) =>
    `${formatNumber(median(of.map(({ orders }) => orders.p99Ms)))} ms`;
  return [
    measured('orders alone', `${formatNumber(median(perSecond(alone)))} a second`),
    measured(
      'orders beside the readers',
      `${formatNumber(median(perSecond(besideReaders)))} a second`,
    ),
    atLeast('orders beside the readers, against alone', median(ratios), 0.7, '×'),
    measured('orders answered PENDING beside the readers', `${formatNumber(pending)} a second`),
    measured('p99 of orders alone', p99(alone)),
    measured('p99 of orders beside the readers', p99(besideReaders)),
  ];
};

const readFigures = (rounds: readonly Round[]): Figure[] => {
  const seconds = (rounds.length * (ROUND_MS + WARM_UP_MS)) / 1_000;
  return (['REST', 'gRPC'] as const).flatMap((protocol) => {
    const total = (outcome: 'read' | 'rejected' | 'failed') =>
      sum(rounds.map(({ report }) => report?.[protocol][outcome] ?? 0));
    const rate = (count: number) => `${formatNumber(count / seconds)} a second`;
    return [
      measured(`${protocol} reads answered`, rate(total('read'))),
      measured(`${protocol} reads rejected`, rate(total('rejected'))),
      zero(`${protocol} reads that failed otherwise`, total('failed')),
    ];
  });
};
