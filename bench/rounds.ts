import { formatNumber, median } from '../test/harness/figures';
import type { LoadPlan } from '../test/harness/load/plan';
import type { Bench, Round, Series } from './bench';
import { watchCpu } from './cpu-usage';

const ROUNDS = 3;
/** For goals near 1: two rounds of the same workload differ by up to 10 %. */
export const ROUNDS_FOR_NEAR_EQUAL = 5;
/** The first load meets cold code, which the engine compiles during this time. */
const FIRST_WARM_UP_MS = 3_000;
const WARM_UP_MS = 1_000;
const MEASURE_MS = 4_000;

/** A load under a name. */
export interface Workload {
  readonly name: string;
  readonly plan: Omit<LoadPlan, 'warmUpMs' | 'measureMs'>;
}

/**
 * Measures all workloads one after another, round by round. A change of the machine during the run then
 * affects all of them, and not the ratio of two neighbors.
 */
export const measureInterleaved = async (
  { log, load }: Pick<Bench, 'log' | 'load'>,
  workloads: readonly Workload[],
  { rounds: count = ROUNDS } = {},
): Promise<Series[]> => {
  for (const { plan } of workloads) {
    await load.measure({ ...plan, warmUpMs: FIRST_WARM_UP_MS, measureMs: 0 });
  }
  const rounds = workloads.map((): Round[] => []);
  for (let round = 1; round <= count; round += 1) {
    for (const [index, { name, plan }] of workloads.entries()) {
      const stopWatching = await watchCpu();
      const measured = await load.measure({
        ...plan,
        warmUpMs: WARM_UP_MS,
        measureMs: MEASURE_MS,
      });
      rounds[index]?.push({ ...measured, coresUsed: await stopWatching() });
      log(`round ${round} of ${count}: ${name}: ${formatNumber(measured.perSecond)} a second`);
    }
  }
  return workloads.map(({ name }, index) => ({ name, rounds: rounds[index] ?? [] }));
};

/** Returns the median of the ratios of each round. */
export const medianRatio = (
  of: Series | undefined,
  to: Series | undefined,
  what: 'perSecond' | 'p50Ms' | 'p99Ms' = 'perSecond',
): number => {
  if (!of || !to) return Number.NaN;
  const ratios = of.rounds.map((round, index) => round[what] / (to.rounds[index]?.[what] ?? NaN));
  return median(ratios);
};
