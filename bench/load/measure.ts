import { percentile } from '../../test/harness/figures';
import { callersOf } from './callers';
import { closedLoop, type OnAnswer, openLoop } from './loops';
import type { LoadPlan, Measured } from './plan';

const EXAMPLES = 3;

/** Warms up, measures for as long as the plan says, and waits for the last answer. */
export const measure = async (plan: LoadPlan): Promise<Measured> => {
  const { callsPerSecond, warmUpMs, measureMs, batch = 1 } = plan;
  const unitsPerCall = batch * plan.wanted.lines;
  const callers = await callersOf(plan);
  const fromMs = performance.now() + warmUpMs;
  const toMs = fromMs + measureMs;
  const took: number[] = [];
  const examples: string[] = [];
  let [right, units, unitsInDoubt, wrong] = [0, 0, 0, 0];
  const onAnswer: OnAnswer = (beganMs, endedMs, answer) => {
    if (answer.fault === undefined) units += answer.units;
    else {
      wrong += 1;
      unitsInDoubt += unitsPerCall;
      if (examples.length < EXAMPLES) examples.push(answer.fault);
    }
    if (answer.fault === undefined && endedMs >= fromMs && endedMs < toMs) {
      right += answer.right;
      took.push(endedMs - beganMs);
    }
  };
  if (callsPerSecond === undefined) await closedLoop(callers.all, toMs, onAnswer);
  else await openLoop(callers.all, callsPerSecond, toMs, onAnswer);
  callers.close();
  return {
    perSecond: right / (measureMs / 1_000),
    p50Ms: percentile(took, 0.5),
    p99Ms: percentile(took, 0.99),
    units,
    unitsInDoubt,
    wrong,
    examples,
  };
};
