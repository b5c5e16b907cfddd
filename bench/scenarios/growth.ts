import { atLeast, atMost, measured, formatNumber } from '../../test/harness/figures';
import type { TestDatabase } from '../../test/harness/databases';
import { answersFigure, answeredFigure, verifyFigure } from '../audit';
import type { Bench, Scenario } from '../bench';
import { fillDataset } from '../dataset';
import type { Wanted } from '../../test/harness/load/plan';
import { newDatabases, Ours } from '../ours';
import { type Entry, inTurn, ratioOf, ROUNDS_OF_ALIKE } from '../rounds';
import { giveStock, MANY, PLENTY, unitsLeft } from '../stock';

const ORDERS = Number(process.env.QUICKBITE_BENCH_ORDERS ?? 5_000_000);
const SKUS = ORDERS / 5;
const CLIENTS = 64;
/** Out of the million, as many SKUs as the empty tables have, with enough of each for all rounds. */
const WANTED_SKUS = MANY.length;
const ENOUGH = 1_000;

/** Years of orders: what an order costs must not depend on how many there were before it. */
export const growth: Scenario = {
  title: `POST /v1/orders, ${formatNumber(SKUS)} SKUs and ${formatNumber(ORDERS)} past orders, against empty tables`,
  run: async (bench) => {
    const databases = await newDatabases(bench);
    const filledMs = await filled(bench, databases);
    const grown = await Ours.start(bench, { databases });
    const empty = await Ours.start(bench);
    await giveStock(empty.databases.inventory, MANY);
    const skus = await wantedSkus(grown.databases.inventory);
    const before = await unitsLeft(grown.databases.inventory, skus);
    const contestants = await inTurn(
      bench,
      [place('grown', grown.ordersAddress, skus), place('empty', empty.ordersAddress, MANY)],
      { rounds: ROUNDS_OF_ALIKE },
    );
    const [after, fresh] = contestants;
    const { load } = bench;
    const goneOfGrown = before - (await unitsLeft(grown.databases.inventory, skus));
    const goneOfEmpty = PLENTY * MANY.length - (await unitsLeft(empty.databases.inventory, MANY));
    return {
      contestants,
      figures: [
        atLeast('orders, grown against empty', ratioOf(after, fresh), 0.85, '×'),
        atMost('p99, grown against empty', ratioOf(after, fresh, 'p99Ms'), 1.25, '×'),
        measured('time to write the past', `${formatNumber(filledMs / 1_000)} s`),
        answersFigure(bench),
        answeredFigure(
          'grown: units gone from the stock',
          load.reservedUnits([grown.ordersAddress]),
          goneOfGrown,
        ),
        answeredFigure(
          'empty: units gone from the stock',
          load.reservedUnits([empty.ordersAddress]),
          goneOfEmpty,
        ),
        await verifyFigure(bench, grown, 'grown'),
        await verifyFigure(bench, empty, 'empty'),
      ],
    };
  },
};

const place = (name: string, address: string, skus: readonly string[]): Entry => {
  const wanted: Wanted = { skus, lines: 1, draw: 'even' };
  return {
    name,
    plan: { call: 'order', addresses: [address], clients: CLIENTS, wanted, expects: 'accepted' },
  };
};

/** Gives how long it took. */
const filled = async (
  { say }: Bench,
  { inventory, orders }: { inventory: TestDatabase; orders: TestDatabase },
): Promise<number> => {
  const startedMs = performance.now();
  await fillDataset({
    ordersUrl: orders.ownerUrl,
    inventoryUrl: inventory.ownerUrl,
    skus: SKUS,
    orders: ORDERS,
    say,
  });
  return performance.now() - startedMs;
};

/** From all over the table, so that they do not share pages. */
const wantedSkus = async (database: TestDatabase): Promise<string[]> => {
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
