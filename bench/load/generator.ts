import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Report } from './load-process';
import type { LoadPlan, Measured } from './plan';

export interface UnitsGiven {
  readonly surely: number;
  /** What wrong answers were about: a call that was not answered may have been done. */
  readonly inDoubt: number;
}

/** What a plan may take beyond its own time; then something hangs. */
const SPARE_MS = 30_000;

/** The process that the load of one scenario comes from, and what it was answered in all. */
export class Generator {
  private readonly given = new Map<string, UnitsGiven>();
  private wrongAnswers = 0;
  private readonly faults: string[] = [];

  private constructor(private readonly child: ChildProcess) {}

  static start(): Generator {
    const script = join(__dirname, 'load-process.ts');
    return new Generator(fork(script, { execArgv: ['--import', 'tsx'] }));
  }

  async measure(plan: LoadPlan): Promise<Measured> {
    const withinMs = plan.warmUpMs + plan.measureMs + SPARE_MS;
    const reported = once(this.child, 'message', { signal: AbortSignal.timeout(withinMs) });
    this.child.send(plan);
    const [report] = (await reported) as [Report];
    if ('failed' in report) throw new Error(`The load failed: ${report.failed}`);
    const { measured } = report;
    const { surely, inDoubt } = this.unitsGivenBy(plan.addresses);
    this.given.set(keyOf(plan.addresses), {
      surely: surely + measured.units,
      inDoubt: inDoubt + measured.unitsInDoubt,
    });
    this.wrongAnswers += measured.wrong;
    this.faults.push(...measured.examples);
    return measured;
  }

  /** Units that these have given, by their answers. */
  unitsGivenBy(addresses: readonly string[]): UnitsGiven {
    return this.given.get(keyOf(addresses)) ?? { surely: 0, inDoubt: 0 };
  }

  get wrong(): { readonly count: number; readonly examples: readonly string[] } {
    return { count: this.wrongAnswers, examples: this.faults };
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill();
    await gone;
  }
}

const keyOf = (addresses: readonly string[]): string => addresses.join(',');
