import { formatNumber, median } from '../test/harness/figures';
import type { Bench, Contestant, Round } from './bench';
import type { LoadPlan } from '../test/harness/load/plan';
import { watchProcessor } from './processor';

const ROUNDS = 3;
/** Where the goal is that two are alike: what one round tells is within 10 % of what the next does. */
export const ROUNDS_OF_ALIKE = 5;
/** The first load that a process meets finds it cold: it compiles what it runs most. */
const FIRST_WARM_UP_MS = 3_000;
const WARM_UP_MS = 1_000;
const MEASURE_MS = 4_000;

/** What is measured under a name. */
export interface Entry {
  readonly name: string;
  readonly plan: Omit<LoadPlan, 'warmUpMs' | 'measureMs'>;
}

/**
 * Measures all in turn, round by round: what changes on the machine meanwhile changes all of them, and
 * not the ratio of two that were measured one right after the other.
 */
export const inTurn = async (
  { say, load }: Pick<Bench, 'say' | 'load'>,
  entries: readonly Entry[],
  { rounds: count = ROUNDS } = {},
): Promise<Contestant[]> => {
  for (const { plan } of entries) {
    await load.measure({ ...plan, warmUpMs: FIRST_WARM_UP_MS, measureMs: 0 });
  }
  const rounds = entries.map((): Round[] => []);
  for (let round = 1; round <= count; round += 1) {
    for (const [index, { name, plan }] of entries.entries()) {
      const taken = await watchProcessor();
      const measured = await load.measure({
        ...plan,
        warmUpMs: WARM_UP_MS,
        measureMs: MEASURE_MS,
      });
      rounds[index]?.push({ ...measured, coresTaken: await taken() });
      say(`round ${round} of ${count}: ${name}: ${formatNumber(measured.perSecond)} a second`);
    }
  }
  return entries.map(({ name }, index) => ({ name, rounds: rounds[index] ?? [] }));
};

/** The median of what one is to the other in each round. */
export const ratioOf = (
  of: Contestant | undefined,
  to: Contestant | undefined,
  what: 'perSecond' | 'p50Ms' | 'p99Ms' = 'perSecond',
): number => {
  if (!of || !to) return Number.NaN;
  const ratios = of.rounds.map((round, index) => round[what] / (to.rounds[index]?.[what] ?? NaN));
  return median(ratios);
};
