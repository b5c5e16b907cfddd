import type { ServiceProcess } from './service-process';

const PERIOD_MS = 100;

/**
 * Lets a process run for a share of the time: it is stopped (SIGSTOP) for the rest of every 100 ms, as
 * the CPU quota of a container stops it. Needs no rights and works on every POSIX system.
 */
export class DutyCycle {
  private readonly period: NodeJS.Timeout;
  private pause: NodeJS.Timeout | undefined;

  private constructor(
    private readonly process: ServiceProcess,
    share: number,
  ) {
    this.period = setInterval(() => {
      process.signal('SIGCONT');
      this.pause = setTimeout(() => process.signal('SIGSTOP'), PERIOD_MS * share);
    }, PERIOD_MS);
  }

  static start(process: ServiceProcess, share: number): DutyCycle {
    return new DutyCycle(process, share);
  }

  /** Lets the process run all the time again. */
  stop(): void {
    clearInterval(this.period);
    clearTimeout(this.pause);
    this.process.signal('SIGCONT');
  }
}
