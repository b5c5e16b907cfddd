import type { Limiter, Limiters } from '../limits/limiters.service';
import { isUnauthenticated, tooManyFailures } from './access-errors';

/** The time in which a network may send wrong credentials only so often. */
export const ATTEMPTS_WINDOW_SECONDS = 60;

/** The verifications of one network. */
interface Verifications {
  /** Requests that are here, so that the object is known as long as one of them needs it. */
  requests: number;
  running: number;
  readonly waiting: (() => void)[];
}

/** Counts the wrong credentials that each network has sent, and limits them. */
export class FailedAttempts {
  private readonly limiter: Limiter;
  private readonly networks = new Map<string, Verifications>();

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

  /**
   * Verifies credentials that a network has sent. Throws RATE_LIMITED, without verifying them, once the network has
   * sent too many wrong ones. Verifies no more at a time than attempts are left, or a burst of wrong ones would all
   * be verified; the others wait for their turn.
   */
  async verify<Result>(network: string, verify: () => Promise<Result>): Promise<Result> {
    if (this.max === 0) return verify();
    const verifications = this.networks.get(network) ?? { requests: 0, running: 0, waiting: [] };
    this.networks.set(network, verifications);
    verifications.requests += 1;
    try {
      await this.waitForTurn(network, verifications);
      try {
        return await this.verifyAndCount(network, verify);
      } finally {
        verifications.running -= 1;
      }
    } finally {
      verifications.requests -= 1;
      if (verifications.requests === 0) this.networks.delete(network);
      verifications.waiting.shift()?.();
    }
  }

  private async waitForTurn(network: string, verifications: Verifications): Promise<void> {
    for (;;) {
      const failures = await this.limiter.get(network);
      const left = this.max - (failures?.consumedPoints ?? 0);
      if (failures && left <= 0) throw tooManyFailures(failures.msBeforeNext);
      if (verifications.running < left) break;
      await new Promise<void>((resolve) => verifications.waiting.push(resolve));
    }
    verifications.running += 1;
  }

  private async verifyAndCount<Result>(
    network: string,
    verify: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await verify();
    } catch (error) {
      if (isUnauthenticated(error)) await this.limiter.penalty(network);
      throw error;
    }
  }
}
