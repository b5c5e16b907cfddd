import { atMost, formatNumber, measured } from '../../test/harness/figures';
import { answersFigure, answeredFigure, verifyFigure } from '../audit';
import type { Bench, Scenario } from '../bench';
import type { LoadPlan } from '../../test/harness/load/plan';
import { Ours } from '../ours';
import { inTurn, ratioOf } from '../rounds';
import { giveStock, HOT, PLENTY, unitsLeft } from '../stock';

/** Where the peak is looked for; at half of it, so many may be in flight. */
const PEAK_CLIENTS = [64, 128, 256];
const MOST_CLIENTS = 256;

/** A service that is half busy should be about as quick as one that is idle. */
export const halfLoad: Scenario = {
  title: 'POST /v1/orders, p99 at half of the peak load, against one client alone',
  run: async (bench) => {
    const ours = await Ours.start(bench);
    await giveStock(ours.databases.inventory, HOT);
    const plan = {
      call: 'order',
      addresses: [ours.ordersAddress],
      clients: 1,
      wanted: { skus: HOT, lines: 1, draw: 'even' },
      expects: 'accepted',
    } as const;
    const peak = await peakOf(bench, plan);
    const callsPerSecond = Math.round(peak / 2);
    const contestants = await inTurn(bench, [
      { name: 'half of the peak', plan: { ...plan, clients: MOST_CLIENTS, callsPerSecond } },
      { name: 'one client', plan },
    ]);
    const [half, one] = contestants;
    const verified = await verifyFigure(bench, ours);
    const answered = bench.load.reservedUnits([ours.ordersAddress]);
    const gone = PLENTY - (await unitsLeft(ours.databases.inventory, HOT));
    return {
      contestants,
      figures: [
        measured('the peak', `${formatNumber(peak)} a second`),
        atMost('p99, half of the peak against one client', ratioOf(half, one, 'p99Ms'), 5, '×'),
        answersFigure(bench),
        answeredFigure('QuickBite: units gone from the stock', answered, gone),
        verified,
      ],
    };
  },
};

const peakOf = async (
  { load, say }: Bench,
  plan: Omit<LoadPlan, 'warmUpMs' | 'measureMs'>,
): Promise<number> => {
  let peak = 0;
  await load.measure({ ...plan, clients: 64, warmUpMs: 3_000, measureMs: 0 });
  for (const clients of PEAK_CLIENTS) {
    const timed = { ...plan, clients, warmUpMs: 1_000, measureMs: 4_000 };
    const { perSecond } = await load.measure(timed);
    say(`${clients} clients get ${formatNumber(perSecond)} orders a second`);
    peak = Math.max(peak, perSecond);
  }
  return peak;
};
