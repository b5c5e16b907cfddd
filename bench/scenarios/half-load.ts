import { atMost, formatNumber, measured } from '../../test/harness/figures';
import type { LoadPlan } from '../../test/harness/load/plan';
import { givenStock } from '../../test/harness/stock';
import { auditFigures } from '../audit';
import type { Bench, Scenario } from '../bench';
import { startCluster } from '../cluster';
import { measureInterleaved, medianRatio } from '../rounds';
import { HOT, PLENTY } from '../skus';

/** Numbers of clients among which the peak is searched. */
const PEAK_CLIENTS = [64, 128, 256];
/** The most calls in flight at half of the peak load. */
const MAX_CLIENTS = 256;

/** The latency of a half-busy service should be close to that of an idle one. */
export const halfLoad: Scenario = {
  title: 'POST /v1/orders, p99 at half of the peak load, against a single client',
  run: async (bench) => {
    const cluster = await startCluster(bench);
    await givenStock(cluster.inventoryDatabase, HOT, PLENTY);
    const plan = {
      call: 'order',
      addresses: [cluster.orders.address],
      clients: 1,
      wanted: { skus: HOT, lines: 1, draw: 'even' },
      expects: 'accepted',
    } as const;
    const peak = await findPeak(bench, plan);
    const callsPerSecond = Math.round(peak / 2);
    const series = await measureInterleaved(bench, [
      { name: 'half of the peak', plan: { ...plan, clients: MAX_CLIENTS, callsPerSecond } },
      { name: 'one client', plan },
    ]);
    const [half, single] = series;
    const ratio = medianRatio(half, single, 'p99Ms');
    return {
      series,
      figures: [
        measured('the peak', `${formatNumber(peak)} a second`),
        atMost('p99, half of the peak against one client', ratio, 5, '×'),
        ...(await auditFigures(bench, cluster, HOT)),
      ],
    };
  },
};

const findPeak = async (
  { load, log }: Bench,
  plan: Omit<LoadPlan, 'warmUpMs' | 'measureMs'>,
): Promise<number> => {
  let peak = 0;
  await load.measure({ ...plan, clients: 64, warmUpMs: 3_000, measureMs: 0 });
  for (const clients of PEAK_CLIENTS) {
    const timed = { ...plan, clients, warmUpMs: 1_000, measureMs: 4_000 };
    const { perSecond } = await load.measure(timed);
    log(`${clients} clients get ${formatNumber(perSecond)} orders a second`);
    peak = Math.max(peak, perSecond);
  }
  return peak;
};
