import type { Limiter, Limiters } from '../limits/limiters.service';

/** The time in which a network may send wrong credentials only so often. */
export const ATTEMPTS_WINDOW_SECONDS = 60;

/** Counts the wrong credentials that each network has sent. */
export class FailedAttempts {
  private readonly limiter: Limiter;

  /** `max`: how many a network may send in a minute. 0: any number. */
  constructor(
    limiters: Limiters,
    private readonly max: number,
  ) {
    this.limiter = limiters.create({
      name: 'failed-authentication',
      max,
      windowSeconds: ATTEMPTS_WINDOW_SECONDS,
    });
  }

  /** Returns for how long the network has used up its attempts; 0 if it has some left. */
  async waitMs(network: string): Promise<number> {
    if (this.max === 0) return 0;
    const spent = await this.limiter.get(network);
    return spent && spent.consumedPoints >= this.max ? spent.msBeforeNext : 0;
  }

  /** Counts one. */
  async record(network: string): Promise<void> {
    if (this.max > 0) await this.limiter.penalty(network);
  }
}
