import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ReadPlan } from './hostile-reads';
import type { ReadReport } from './readers-process';

/** Longer than a rejected reader waits for its next answer. */
const STOP_TIMEOUT_MS = 30_000;

/** A process of readers that read as fast as they can. */
export class HostileReaders {
  private constructor(private readonly child: ChildProcess) {}

  static start(): HostileReaders {
    const script = join(__dirname, 'readers-process.ts');
    return new HostileReaders(fork(script, { execArgv: ['--import', 'tsx'] }));
  }

  /** Reads while `work` runs. Returns its result, and what the readers got. */
  async readDuring<Result>(
    plan: ReadPlan,
    work: () => Promise<Result>,
  ): Promise<{ readonly result: Result; readonly report: ReadReport }> {
    this.child.send(plan);
    const result = await work();
    const reported = once(this.child, 'message', { signal: AbortSignal.timeout(STOP_TIMEOUT_MS) });
    this.child.send('stop');
    const [report] = (await reported) as [ReadReport];
    return { result, report };
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill();
    await exited;
  }
}
