import { atLeast, measuredRatio } from '../../test/harness/figures';
import type { ServiceCluster } from '../../test/harness/service-cluster';
import { givenStock } from '../../test/harness/stock';
import { auditFigures, unitsFigure } from '../audit';
import { baselineUnits, startBaseline, stockBaseline } from '../baseline';
import type { Bench, Scenario } from '../bench';
import { inventoryAddresses, startCluster } from '../cluster';
import { measureInterleaved, medianRatio, type Workload } from '../rounds';
import { HOT, PLENTY } from '../skus';

const HOT_ONLY = { skus: HOT, lines: 1, draw: 'even' } as const;

const reserve = (name: string, addresses: readonly string[], clients: number): Workload => ({
  name,
  plan: { call: 'reserve', addresses, clients, wanted: HOT_ONLY, expects: 'accepted' },
});

const startInventory = async (bench: Bench): Promise<ServiceCluster> => {
  const cluster = await startCluster(bench, { orders: 0 });
  await givenStock(cluster.inventoryDatabase, HOT, PLENTY);
  return cluster;
};

/** All clients reserve the same SKU. */
export const reserveHot: Scenario = {
  title: 'ReserveStock, one hot SKU, 64 clients',
  run: async (bench) => {
    const cluster = await startInventory(bench);
    const tutorial = await startBaseline(bench, 'tutorial-inventory');
    await stockBaseline(tutorial, HOT, PLENTY);
    const noOp = await startBaseline(bench, 'no-op');
    const series = await measureInterleaved(bench, [
      reserve('QuickBite', inventoryAddresses(cluster), 64),
      reserve('tutorial, durable', [tutorial.address], 64),
      reserve('no-op', [noOp.address], 64),
    ]);
    const [ofQuickBite, ofTutorial, ofNoOp] = series;
    const gone = PLENTY - (await baselineUnits(tutorial, HOT));
    return {
      series,
      figures: [
        // No goal: on 2 cores even the no-op, which stores nothing, reaches only 12 to 14 times the tutorial.
        measuredRatio('QuickBite against the tutorial', medianRatio(ofQuickBite, ofTutorial)),
        measuredRatio('no-op against the tutorial', medianRatio(ofNoOp, ofTutorial)),
        ...(await auditFigures(bench, cluster, HOT)),
        unitsFigure(
          'tutorial: units gone from the stock',
          bench.load.reservedUnits([tutorial.address]),
          gone,
        ),
      ],
    };
  },
};

/** The share of the throughput of Nest's gRPC that is left when every answer is durable. */
export const reserveNoOp: Scenario = {
  title: 'ReserveStock, durable, against a gRPC server that stores nothing, 256 clients',
  run: async (bench) => {
    const cluster = await startInventory(bench);
    const noOp = await startBaseline(bench, 'no-op');
    const series = await measureInterleaved(bench, [
      reserve('QuickBite', inventoryAddresses(cluster), 256),
      reserve('no-op', [noOp.address], 256),
    ]);
    const [ofQuickBite, ofNoOp] = series;
    return {
      series,
      figures: [
        atLeast('QuickBite against the no-op', medianRatio(ofQuickBite, ofNoOp), 0.9, '×'),
        ...(await auditFigures(bench, cluster, HOT)),
      ],
    };
  },
};

const BATCH = 100;

/** Many reservations in one call, against the most calls that the same server can answer. */
export const reserveBatch: Scenario = {
  title: `BatchCreateReservations of ${BATCH}, 8 in flight, against no-op calls`,
  run: async (bench) => {
    const cluster = await startInventory(bench);
    const noOp = await startBaseline(bench, 'no-op');
    const batches: Workload = {
      name: `QuickBite, reservations in batches of ${BATCH}`,
      plan: {
        call: 'batch',
        addresses: inventoryAddresses(cluster),
        clients: 8,
        batch: BATCH,
        wanted: HOT_ONLY,
        expects: 'accepted',
      },
    };
    const series = await measureInterleaved(bench, [
      batches,
      reserve('no-op, calls of 64 clients', [noOp.address], 64),
      reserve('no-op, calls of 256 clients', [noOp.address], 256),
    ]);
    const [ofQuickBite, few, many] = series;
    const ratio = Math.min(medianRatio(ofQuickBite, few), medianRatio(ofQuickBite, many));
    return {
      series,
      figures: [
        // No goal: six times the no-op calls needs a third core.
        measuredRatio('reservations against no-op calls, the lower ratio', ratio),
        ...(await auditFigures(bench, cluster, HOT)),
      ],
    };
  },
};
