import { availableParallelism } from 'node:os';
import { atLeast, type Figure, formatNumber, measured } from '../../test/harness/figures';
import { answersFigure, answeredFigure, verifyFigure } from '../audit';
import type { Scenario } from '../bench';
import type { Wanted } from '../../test/harness/load/plan';
import { Ours } from '../ours';
import { type Entry, inTurn, ratioOf } from '../rounds';
import { giveStock, HOT, MANY, PLENTY, unitsLeft } from '../stock';

/** Two Inventories, Postgres and the load: on fewer cores, a second process only takes from the first. */
const CORES = 4;
const CLIENTS = 128;

const HOT_ONLY: Wanted = { skus: HOT, lines: 1, draw: 'even' };
const SPREAD: Wanted = { skus: MANY, lines: 1, draw: 'even' };

export const twoInventories: Scenario = {
  title: `ReserveStock, two Inventories on one database against one, ${CLIENTS} clients`,
  run: async (bench) => {
    const ours = await Ours.start(bench, { withOrders: false, inventories: 2 });
    const skus = [...HOT, ...MANY];
    await giveStock(ours.databases.inventory, skus);
    const both = ours.inventoryAddresses;
    const first = both.slice(0, 1);
    const reserve = (name: string, addresses: readonly string[], wanted: Wanted): Entry => ({
      name,
      plan: { call: 'reserve', addresses, clients: CLIENTS, wanted, expects: 'accepted' },
    });
    const contestants = await inTurn(bench, [
      reserve('two, one hot SKU', both, HOT_ONLY),
      reserve('one, one hot SKU', first, HOT_ONLY),
      reserve('two, 10,000 SKUs', both, SPREAD),
      reserve('one, 10,000 SKUs', first, SPREAD),
    ]);
    const [hotTwo, hotOne, spreadTwo, spreadOne] = contestants;
    const given = [both, first].map((addresses) => bench.load.reservedUnits(addresses));
    const answered = {
      certain: given.reduce((sum, { certain }) => sum + certain, 0),
      inDoubt: given.reduce((sum, { inDoubt }) => sum + inDoubt, 0),
    };
    const gone = PLENTY * skus.length - (await unitsLeft(ours.databases.inventory, skus));
    return {
      contestants,
      figures: [
        whereCoresAllow('two against one, one hot SKU', ratioOf(hotTwo, hotOne), 0.9),
        whereCoresAllow('two against one, 10,000 SKUs', ratioOf(spreadTwo, spreadOne), 1.3),
        answersFigure(bench),
        answeredFigure('QuickBite: units gone from the stock', answered, gone),
        await verifyFigure(bench, ours),
      ],
    };
  },
};

const whereCoresAllow = (what: string, ratio: number, limit: number): Figure => {
  const cores = availableParallelism();
  if (cores >= CORES) return atLeast(what, ratio, limit, '×');
  return measured(`${what} (no goal on ${cores} cores)`, `${formatNumber(ratio)} ×`);
};
