import { setTimeout as sleep } from 'node:timers/promises';
import type { Failpoint } from '@app/runtime';
import type { ServiceProcess } from '../harness/service-process';
import type { MemberName } from './schedule';

/** A start may fail while its database is away; whoever runs it would try again, too. */
const START_ATTEMPTS = 5;
const LAST_WORDS_LENGTH = 2_000;

export type OnDeath = (words: string) => void;

export interface Arming {
  readonly failpoint: Failpoint;
  readonly nth: number;
  readonly action: 'die' | 'stall';
}

/** One process of a service, with all that can be done to it. One fault at a time. */
export class Member {
  private isFaulted = false;

  /** `onDeath` hears of an end that nobody brought about. */
  constructor(
    readonly name: MemberName,
    private readonly process: ServiceProcess,
    private readonly onDeath: OnDeath,
  ) {}

  get isRunning(): boolean {
    return this.process.isRunning;
  }

  get canBeFaulted(): boolean {
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
    void this.process.ended().then(() => this.ended());
  }

  /** Whatever `work` does to it, it runs again afterwards. */
  async fault(work: () => Promise<void>): Promise<void> {
    this.isFaulted = true;
    try {
      await work();
    } finally {
      this.process.signal('SIGCONT');
      if (!this.isRunning) await this.start();
      this.isFaulted = false;
    }
  }

  /** Ends it for good, or until somebody starts it. Gives its exit code. */
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
   * Gives whether it was there within the time. `onHit` is called at that moment; the process is dead
   * then, or stands still.
   */
  async atFailpoint(arming: Arming, withinMs: number, onHit: () => void): Promise<boolean> {
    const { failpoint, action } = arming;
    const timer = new AbortController();
    const told = new Promise<boolean>((resolve) => {
      this.process.onMessage((message) => {
        if ((message as { hit?: string }).hit === failpoint) resolve(true);
      });
    });
    // Its last word may be read after its end. Nobody else ends it meanwhile.
    const ended = this.process.ended().then(() => action === 'die');
    const tooLate = sleep(withinMs, false, { signal: timer.signal }).catch(() => false);
    this.process.send({ armed: arming });
    const isHit = await Promise.race([told, ended, tooLate]);
    timer.abort();
    if (isHit) onHit();
    else this.process.send({ armed: null });
    if (isHit && action === 'die') await ended;
    return isHit;
  }

  /** What nobody ended is told of, and started again. */
  private async ended(): Promise<void> {
    if (this.isFaulted) return;
    this.onDeath(`${this.name} ended by itself:\n${this.lastWords}`);
    await this.fault(() => Promise.resolve()).catch((error: unknown) =>
      this.onDeath(`${this.name} does not start again: ${String(error)}`),
    );
  }

  private get lastWords(): string {
    return this.process.logs.slice(-LAST_WORDS_LENGTH);
  }
}
