import { percentile } from '../figures';
import type { Answer } from './caller';
import { callersOf } from './callers';
import { closedLoop, type OnResult, openLoop } from './loops';
import type { LoadPlan, Measured } from './plan';

const MAX_EXAMPLES = 3;

/** Adds up the answers of one plan. */
class Tally {
  private readonly tookMs: number[] = [];
  private readonly examples: string[] = [];
  private readonly counts = { expected: 0, pending: 0, overloaded: 0 };
  private units = 0;
  private unitsInDoubt = 0;
  private wrong = 0;

  constructor(
    private readonly fromMs: number,
    private readonly toMs: number,
    private readonly unitsPerCall: number,
    /** Leaves out calls that began in the warm-up, when all clients of an overload connect at once. */
    private readonly skipsWarmUp: boolean,
  ) {}

  readonly add: OnResult<Answer> = (startedMs, endedMs, answer) => {
    const { outcome, results, units, fault = '', pauseMs } = answer;
    const isSkipped = this.skipsWarmUp && startedMs < this.fromMs;
    const isMeasured = endedMs >= this.fromMs && endedMs < this.toMs && !isSkipped;
    if (outcome === 'expected') {
      this.units += units;
      if (isMeasured) this.tookMs.push(endedMs - startedMs);
    }
    if (outcome === 'wrong' && !isSkipped) {
      this.wrong += 1;
      if (this.examples.length < MAX_EXAMPLES) this.examples.push(fault);
    }
    if (outcome !== 'wrong' && isMeasured) {
      this.counts[outcome] += outcome === 'expected' ? results : 1;
    }
    if (outcome === 'wrong' || outcome === 'pending') this.unitsInDoubt += this.unitsPerCall;
    return pauseMs;
  };

  measured(): Measured {
    const seconds = (this.toMs - this.fromMs) / 1_000;
    const { units, unitsInDoubt, wrong, examples, counts } = this;
    return {
      perSecond: counts.expected / seconds,
      pendingPerSecond: counts.pending / seconds,
      overloadedPerSecond: counts.overloaded / seconds,
      p50Ms: percentile(this.tookMs, 0.5),
      p99Ms: percentile(this.tookMs, 0.99),
      units,
      unitsInDoubt,
      wrong,
      examples,
    };
  }
}

/** Warms up, measures for as long as the plan says, and waits for the last answer. */
export const measure = async (plan: LoadPlan): Promise<Measured> => {
  const { callsPerSecond, warmUpMs, measureMs, batch = 1, allowsOverload = false } = plan;
  const callers = callersOf(plan);
  const fromMs = performance.now() + warmUpMs;
  const toMs = fromMs + measureMs;
  const tally = new Tally(fromMs, toMs, batch * plan.wanted.lines, allowsOverload);
  if (callsPerSecond === undefined) {
    await closedLoop(callers.all, () => performance.now() >= toMs, tally.add);
  } else {
    await openLoop(callers.all, callsPerSecond, toMs, tally.add);
  }
  callers.close();
  return tally.measured();
};
