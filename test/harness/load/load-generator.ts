import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Report } from './load-process';
import type { LoadPlan, Measured } from './plan';

export interface ReservedUnits {
  readonly certain: number;
  /** Of answers other than the expected one: a call without an answer may have taken effect. */
  readonly inDoubt: number;
}

/** What a plan may take beyond its own time. Then it hangs. */
const SLACK_MS = 30_000;

/** A process that generates load, plan by plan, and the sum of all its answers. */
export class LoadGenerator {
  private readonly reserved = new Map<string, ReservedUnits>();
  private wrongAnswers = 0;
  private readonly faults: string[] = [];

  private constructor(private readonly child: ChildProcess) {}

  static start(): LoadGenerator {
    const script = join(__dirname, 'load-process.ts');
    return new LoadGenerator(fork(script, { execArgv: ['--import', 'tsx'] }));
  }

  /** Resolves after the last answer to this plan. */
  async measure(plan: LoadPlan): Promise<Measured> {
    const timeoutMs = plan.warmUpMs + plan.measureMs + SLACK_MS;
    const reported = once(this.child, 'message', { signal: AbortSignal.timeout(timeoutMs) });
    this.child.send(plan);
    const [report] = (await reported) as [Report];
    if ('failed' in report) throw new Error(`The load failed: ${report.failed}`);
    const { measured } = report;
    const { certain, inDoubt } = this.reservedUnits(plan.addresses);
    this.reserved.set(keyOf(plan.addresses), {
      certain: certain + measured.units,
      inDoubt: inDoubt + measured.unitsInDoubt,
    });
    this.wrongAnswers += measured.wrong;
    this.faults.push(...measured.examples);
    return measured;
  }

  /** Returns the units that the servers at these addresses reserved by their answers. */
  reservedUnits(addresses: readonly string[]): ReservedUnits {
    return this.reserved.get(keyOf(addresses)) ?? { certain: 0, inDoubt: 0 };
  }

  get wrong(): { readonly count: number; readonly examples: readonly string[] } {
    return { count: this.wrongAnswers, examples: this.faults };
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill();
    await exited;
  }
}

const keyOf = (addresses: readonly string[]): string => addresses.join(',');
