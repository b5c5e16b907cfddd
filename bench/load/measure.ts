import { callersOf } from './callers';
import { closedLoop, type OnAnswer, openLoop } from './loops';
import type { LoadPlan, Measured } from './plan';

const EXAMPLES = 3;

/** Warms up, measures for as long as the plan says, and waits for the last answer. */
export const measure = async (plan: LoadPlan): Promise<Measured> => {
  const { callsPerSecond, warmUpMs, measureMs } = plan;
  const callers = await callersOf(plan);
  const fromMs = performance.now() + warmUpMs;
  const toMs = fromMs + measureMs;
  const took: number[] = [];
  const examples: string[] = [];
  let [right, units, wrong] = [0, 0, 0];
  const onAnswer: OnAnswer = (beganMs, endedMs, answer) => {
    units += answer.units;
    if (answer.fault !== undefined) {
      wrong += 1;
      if (examples.length < EXAMPLES) examples.push(answer.fault);
    } else if (endedMs >= fromMs && endedMs < toMs) {
      right += answer.right;
      took.push(endedMs - beganMs);
    }
  };
  const cpu = cpuBetween(fromMs, toMs);
  if (callsPerSecond === undefined) await closedLoop(callers.all, toMs, onAnswer);
  else await openLoop(callers.all, callsPerSecond, toMs, onAnswer);
  callers.close();
  took.sort((a, b) => a - b);
  const percentile = (p: number): number =>
    took[Math.min(took.length - 1, Math.floor(took.length * p))] ?? Number.NaN;
  return {
    perSecond: right / (measureMs / 1_000),
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    units,
    wrong,
    examples,
    clientCpu: cpu(),
  };
};

/** How much of one core this process takes between two moments. */
const cpuBetween = (fromMs: number, toMs: number): (() => number) => {
  let used = 0;
  let before: NodeJS.CpuUsage | undefined;
  setTimeout(() => (before = process.cpuUsage()), fromMs - performance.now());
  setTimeout(() => {
    const { user, system } = process.cpuUsage(before);
    used = (user + system) / 1_000 / (toMs - fromMs);
  }, toMs - performance.now());
  return () => used;
};
