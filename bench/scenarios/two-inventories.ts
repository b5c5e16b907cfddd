import { availableParallelism } from 'node:os';
import { atLeast, type Figure, measuredRatio, sum } from '../../test/harness/figures';
import type { Wanted } from '../../test/harness/load/plan';
import { availableUnits, givenStock } from '../../test/harness/stock';
import { unitsFigure, verifyFigure, wrongAnswersFigure } from '../audit';
import type { Scenario } from '../bench';
import { inventoryAddresses, startCluster } from '../cluster';
import { measureInterleaved, medianRatio, type Workload } from '../rounds';
import { HOT, MANY, PLENTY } from '../skus';

/** Two Inventories, Postgres and the load. With fewer cores a second process only competes with the first. */
const MIN_CORES = 4;
const CLIENTS = 128;

const HOT_ONLY: Wanted = { skus: HOT, lines: 1, draw: 'even' };
const SPREAD: Wanted = { skus: MANY, lines: 1, draw: 'even' };

export const twoInventories: Scenario = {
  title: `ReserveStock, two Inventories on one database against one, ${CLIENTS} clients`,
  run: async (bench) => {
    const cluster = await startCluster(bench, { orders: 0, inventories: 2 });
    const skus = [...HOT, ...MANY];
    await givenStock(cluster.inventoryDatabase, skus, PLENTY);
    const both = inventoryAddresses(cluster);
    const first = both.slice(0, 1);
    const reserve = (name: string, addresses: readonly string[], wanted: Wanted): Workload => ({
      name,
      plan: { call: 'reserve', addresses, clients: CLIENTS, wanted, expects: 'accepted' },
    });
    const series = await measureInterleaved(bench, [
      reserve('two, one hot SKU', both, HOT_ONLY),
      reserve('one, one hot SKU', first, HOT_ONLY),
      reserve('two, 10,000 SKUs', both, SPREAD),
      reserve('one, 10,000 SKUs', first, SPREAD),
    ]);
    const [hotTwo, hotOne, spreadTwo, spreadOne] = series;
    const reserved = [both, first].map((addresses) => bench.load.reservedUnits(addresses));
    const answered = {
      certain: sum(reserved.map(({ certain }) => certain)),
      inDoubt: sum(reserved.map(({ inDoubt }) => inDoubt)),
    };
    const gone = PLENTY * skus.length - (await availableUnits(cluster.inventoryDatabase, skus));
    return {
      series,
      figures: [
        goalWithEnoughCores('two against one, one hot SKU', medianRatio(hotTwo, hotOne), 0.9),
        goalWithEnoughCores('two against one, 10,000 SKUs', medianRatio(spreadTwo, spreadOne), 1.3),
        wrongAnswersFigure(bench),
        unitsFigure('QuickBite: units gone from the stock', answered, gone),
        await verifyFigure(bench, cluster),
      ],
    };
  },
};

const goalWithEnoughCores = (name: string, ratio: number, limit: number): Figure => {
  const cores = availableParallelism();
  if (cores >= MIN_CORES) return atLeast(name, ratio, limit, '×');
  return measuredRatio(`${name} (no goal on ${cores} cores)`, ratio);
};
