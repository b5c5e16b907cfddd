import { atLeast, atMost, formatNumber, measured } from '../../test/harness/figures';
import { type ClusterDatabases, cloneDatabases } from '../../test/harness/cluster-network';
import type { TestDatabase } from '../../test/harness/databases';
import type { Wanted } from '../../test/harness/load/plan';
import { availableUnits, givenStock } from '../../test/harness/stock';
import { unitsFigure, verifyFigure, wrongAnswersFigure } from '../audit';
import type { Bench, Scenario } from '../bench';
import { startCluster } from '../cluster';
import { fillDataset } from '../../test/harness/dataset/fill';
import { measureInterleaved, medianRatio, ROUNDS_FOR_NEAR_EQUAL, type Workload } from '../rounds';
import { MANY, PLENTY } from '../skus';

const ORDERS = Number(process.env.QUICKBITE_BENCH_ORDERS ?? 5_000_000);
const SKUS = ORDERS / 5;
const CLIENTS = 64;
/** As many SKUs as the empty tables have, each with enough units for all rounds. */
const WANTED_SKUS = MANY.length;
const ENOUGH = 1_000;

/** The cost of an order must not depend on the number of past orders. */
export const growth: Scenario = {
  title: `POST /v1/orders, ${formatNumber(SKUS)} SKUs and ${formatNumber(ORDERS)} past orders, against empty tables`,
  run: async (bench) => {
    const databases = await cloneDatabases();
    const fillMs = await fill(bench, databases);
    const grown = await startCluster(bench, { databases });
    const empty = await startCluster(bench);
    await givenStock(empty.inventoryDatabase, MANY, PLENTY);
    const skus = await chooseSkus(grown.inventoryDatabase);
    const before = await availableUnits(grown.inventoryDatabase, skus);
    const series = await measureInterleaved(
      bench,
      [place('grown', grown.orders.address, skus), place('empty', empty.orders.address, MANY)],
      { rounds: ROUNDS_FOR_NEAR_EQUAL },
    );
    const [ofGrown, ofEmpty] = series;
    const goneOfGrown = before - (await availableUnits(grown.inventoryDatabase, skus));
    const goneOfEmpty =
      PLENTY * MANY.length - (await availableUnits(empty.inventoryDatabase, MANY));
    const reserved = (address: string) => bench.load.reservedUnits([address]);
    const p99Ratio = medianRatio(ofGrown, ofEmpty, 'p99Ms');
    return {
      series,
      figures: [
        atLeast('orders, grown against empty', medianRatio(ofGrown, ofEmpty), 0.85, '×'),
        atMost('p99, grown against empty', p99Ratio, 1.25, '×'),
        measured('time to write the dataset', `${formatNumber(fillMs / 1_000)} s`),
        wrongAnswersFigure(bench),
        unitsFigure(
          'grown: units gone from the stock',
          reserved(grown.orders.address),
          goneOfGrown,
        ),
        unitsFigure(
          'empty: units gone from the stock',
          reserved(empty.orders.address),
          goneOfEmpty,
        ),
        await verifyFigure(bench, grown, 'grown'),
        await verifyFigure(bench, empty, 'empty'),
      ],
    };
  },
};

const place = (name: string, address: string, skus: readonly string[]): Workload => {
  const wanted: Wanted = { skus, lines: 1, draw: 'even' };
  return {
    name,
    plan: { call: 'order', addresses: [address], clients: CLIENTS, wanted, expects: 'accepted' },
  };
};

/** Returns how long it took. */
const fill = async ({ log }: Bench, { inventory, orders }: ClusterDatabases): Promise<number> => {
  const startedMs = performance.now();
  await fillDataset({
    ordersUrl: orders.ownerUrl,
    inventoryUrl: inventory.ownerUrl,
    skus: SKUS,
    orders: ORDERS,
    log,
  });
  return performance.now() - startedMs;
};

/** Chooses SKUs from the whole table, so that they do not share pages. */
const chooseSkus = async (database: TestDatabase): Promise<string[]> => {
  const rows = await database.query<{ sku: string }>(
    `select sku from stock_level where on_hand - reserved >= $1 order by md5(sku) limit $2`,
    [ENOUGH, WANTED_SKUS],
  );
  if (rows.length < WANTED_SKUS) {
    throw new Error(
      `Only ${rows.length} SKUs have ${ENOUGH} units left; ${WANTED_SKUS} are needed`,
    );
  }
  return rows.map(({ sku }) => sku);
};
