import { setTimeout as sleep } from 'node:timers/promises';
import type { Failpoint } from '@app/runtime';
import type { ServiceProcess } from '../harness/service-process';
import type { MemberName } from './schedule';

/** A start can fail while its database is unavailable. An operator's supervisor would retry as well. */
const START_ATTEMPTS = 5;
const LOG_TAIL_LENGTH = 2_000;

export type OnUnexpectedExit = (message: string) => void;

export interface ArmedFailpoint {
  readonly failpoint: Failpoint;
  readonly nth: number;
  readonly action: 'die' | 'stall';
}

/** One process of a service and the faults that can hit it, one at a time. */
export class Member {
  private isFaulted = false;

  constructor(
    readonly name: MemberName,
    private readonly process: ServiceProcess,
    private readonly onUnexpectedExit: OnUnexpectedExit,
  ) {}

  get isRunning(): boolean {
    return this.process.isRunning;
  }

  /** Whether it runs and is under no fault. */
  get isAvailable(): boolean {
    return !this.isFaulted && this.isRunning;
  }

  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.process.start();
        break;
      } catch (error) {
        await this.process.stop('SIGKILL');
        if (attempt === START_ATTEMPTS) throw error;
      }
    }
    void this.process.ended().then(() => this.restartUnlessFaulted());
  }

  /** Runs `work`, which may stop or stall the process, and makes it run again afterwards. */
  async withFault(work: () => Promise<void>): Promise<void> {
    this.isFaulted = true;
    try {
      await work();
    } finally {
      this.process.signal('SIGCONT');
      if (!this.isRunning) await this.start();
      this.isFaulted = false;
    }
  }

  /** Stops it until it is started again. Returns the exit code. */
  stop(signal: NodeJS.Signals): Promise<number | null> {
    this.isFaulted = true;
    return this.process.stop(signal);
  }

  async stall(forMs: number): Promise<void> {
    this.process.signal('SIGSTOP');
    await sleep(forMs);
    this.process.signal('SIGCONT');
  }

  /**
   * Arms a failpoint. Returns whether the process passed it within the time; `onHit` is called then, when
   * the process is dead or stalled.
   */
  async hitFailpoint(
    armed: ArmedFailpoint,
    timeoutMs: number,
    onHit: () => void,
  ): Promise<boolean> {
    const { failpoint, action } = armed;
    const timer = new AbortController();
    const reported = new Promise<boolean>((resolve) => {
      this.process.onMessage((message) => {
        if ((message as { hit?: string }).hit === failpoint) resolve(true);
      });
    });
    // The report may be read after the end of the process. Nothing else ends it during the fault.
    const ended = this.process.ended().then(() => action === 'die');
    const tooLate = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false);
    this.process.send({ armed });
    const isHit = await Promise.race([reported, ended, tooLate]);
    timer.abort();
    if (isHit) onHit();
    else this.process.send({ armed: null });
    if (isHit && action === 'die') await ended;
    return isHit;
  }

  private async restartUnlessFaulted(): Promise<void> {
    if (this.isFaulted) return;
    const logTail = this.process.logs.slice(-LOG_TAIL_LENGTH);
    this.onUnexpectedExit(`${this.name} ended without a fault:\n${logTail}`);
    await this.withFault(() => Promise.resolve()).catch((error: unknown) =>
      this.onUnexpectedExit(`${this.name} does not start again: ${String(error)}`),
    );
  }
}
