import { atLeast, atMost, formatNumber, measured } from '../../test/harness/figures';
import { answersFigure, answeredFigure, verifyFigure } from '../audit';
import type { Bench, Outcome, Scenario } from '../bench';
import type { Wanted } from '../../test/harness/load/plan';
import { Ours } from '../ours';
import { startBaseline, stockBaseline } from '../baseline';
import { type Entry, inTurn, ratioOf, ROUNDS_OF_ALIKE } from '../rounds';
import { sellOut, SOLD_OUT } from '../sold-out';
import { giveStock, HOT, MANY, PLENTY, unitsLeft, availableUnitsOfBaseline } from '../stock';

const HOT_ONLY: Wanted = { skus: HOT, lines: 1, draw: 'even' };

const place = (name: string, address: string, clients: number, wanted = HOT_ONLY): Entry => ({
  name,
  plan: { call: 'order', addresses: [address], clients, wanted, expects: 'accepted' },
});

/** What every scenario with both of our services has to end with. */
const audit = async (
  bench: Bench,
  ours: Ours,
  skus: readonly string[],
): Promise<Outcome['figures']> => {
  const verified = await verifyFigure(bench, ours);
  const answered = bench.load.reservedUnits([ours.ordersAddress]);
  const gone = PLENTY * skus.length - (await unitsLeft(ours.databases.inventory, skus));
  return [
    answersFigure(bench),
    answeredFigure('QuickBite: units gone from the stock', answered, gone),
    verified,
  ];
};

/** A whole order, against one INSERT behind the same HTTP. */
export const ordersInsert: Scenario = {
  title: 'POST /v1/orders, one hot SKU, against an endpoint that only inserts',
  run: async (bench) => {
    const ours = await Ours.start(bench);
    await giveStock(ours.databases.inventory, HOT);
    const baseline = await startBaseline(bench, 'insert-only');
    const ceiling = await startBaseline(bench, 'answer-only');
    const contestants = await inTurn(bench, [
      place('QuickBite, 64 clients', ours.ordersAddress, 64),
      place('insert only, 64 clients', baseline.address, 64),
      place('QuickBite, 256 clients', ours.ordersAddress, 256),
      place('insert only, 256 clients', baseline.address, 256),
      place('answer only, 256 clients', ceiling.address, 256),
    ]);
    const [ours64, baseline64, ours256, baseline256, ceiling256] = contestants;
    const [row] = await baseline.database.query<{ count: number }>(
      'select count(*)::int from orders',
    );
    const inserted = bench.load.reservedUnits([baseline.address]);
    return {
      contestants,
      figures: [
        atLeast('QuickBite against insert only, 64 clients', ratioOf(ours64, baseline64), 1, '×'),
        measured(
          'QuickBite against insert only, 256 clients',
          `${formatNumber(ratioOf(ours256, baseline256))} ×`,
        ),
        measured(
          'what answers without storing against insert only, 256 clients',
          `${formatNumber(ratioOf(ceiling256, baseline256))} ×`,
        ),
        ...(await audit(bench, ours, HOT)),
        answeredFigure('insert only: orders that are there', inserted, row?.count ?? NaN),
      ],
    };
  },
};

/** A whole order of ours, against a whole order of the tutorial's. */
export const ordersTutorial: Scenario = {
  title: 'POST /v1/orders, one hot SKU, against the tutorial made durable',
  run: async (bench) => {
    const ours = await Ours.start(bench);
    await giveStock(ours.databases.inventory, HOT);
    const inventory = await startBaseline(bench, 'tutorial-inventory');
    await stockBaseline(inventory, HOT, PLENTY);
    const orders = await startBaseline(bench, 'tutorial-orders', inventory.address);
    const contestants = await inTurn(bench, [
      place('QuickBite, 64 clients', ours.ordersAddress, 64),
      place('tutorial, 64 clients', orders.address, 64),
      place('QuickBite, one client', ours.ordersAddress, 1),
      place('tutorial, one client', orders.address, 1),
    ]);
    const [ours64, baseline64, ours1, baseline1] = contestants;
    const gone = PLENTY - (await availableUnitsOfBaseline(inventory.database, HOT));
    const answered = bench.load.reservedUnits([orders.address]);
    return {
      contestants,
      figures: [
        measured(
          'QuickBite against the tutorial, 64 clients',
          `${formatNumber(ratioOf(ours64, baseline64))} ×`,
        ),
        atMost('p50 of one client alone', ratioOf(ours1, baseline1, 'p50Ms'), 1, '×'),
        ...(await audit(bench, ours, HOT)),
        answeredFigure('tutorial: units gone from the stock', answered, gone),
      ],
    };
  },
};

const LINES = 3;
const BASKETS: Wanted = { skus: MANY, lines: LINES, draw: 'zipf' };

/** What a shop sells: much of little, little of much, several things at a time. */
export const ordersBaskets: Scenario = {
  title: 'POST /v1/orders, baskets of 3 out of 10,000 SKUs (Zipf), against one line of one SKU',
  run: async (bench) => {
    const ours = await Ours.start(bench);
    const skus = [...HOT, ...MANY];
    await giveStock(ours.databases.inventory, skus);
    const contestants = await inTurn(bench, [
      place('baskets', ours.ordersAddress, 64, BASKETS),
      place('one line', ours.ordersAddress, 64),
    ]);
    const [baskets, oneLine] = contestants;
    return {
      contestants,
      figures: [
        atLeast('orders, baskets against one line', ratioOf(baskets, oneLine), 0.6, '×'),
        ...(await audit(bench, ours, skus)),
      ],
    };
  },
};

/** When the last one is gone, those who come too late must be told quickly. */
export const soldOut: Scenario = {
  title: 'POST /v1/orders, refusals of a SKU that is sold out, against acceptances, 64 clients',
  run: async (bench) => {
    const ours = await Ours.start(bench);
    await giveStock(ours.databases.inventory, HOT);
    const last = place('the last one', ours.ordersAddress, 1, { ...HOT_ONLY, skus: SOLD_OUT });
    const refusals: Entry = {
      name: 'refusals (409)',
      plan: { ...last.plan, clients: 64, expects: 'rejected' },
    };
    await sellOut(ours);
    const acceptances = place('acceptances (201)', ours.ordersAddress, 64);
    const contestants = await inTurn(bench, [refusals, acceptances], { rounds: ROUNDS_OF_ALIKE });
    const [refused, accepted] = contestants;
    return {
      contestants,
      figures: [
        atLeast('refusals against acceptances', ratioOf(refused, accepted), 1, '×'),
        ...(await audit(bench, ours, HOT)),
      ],
    };
  },
};
