export interface AdaptiveLimitOptions {
  readonly min: number;
  readonly max: number;
  /** How long work may take. */
  readonly targetMs: number;
}

/** At 3,000 pieces of work a second, from the least to 512 in some three seconds. */
const INCREASE = 0.05;
const DECREASE_FACTOR = 0.7;

/**
 * How much may be at work at a time, learned from how long it takes, as TCP learns how much it may
 * send: a little more for all that was quick, much less when something was late. How much a machine
 * can do in good time nobody has to know beforehand, and it may change.
 */
export class AdaptiveLimit {
  private limit: number;
  private nextDecreaseAtMs = -Infinity;

  constructor(private readonly options: AdaptiveLimitOptions) {
    this.limit = options.max;
  }

  get current(): number {
    return this.limit;
  }

  /**
   * Tells how long a piece of work took. What was late falls once in that time: all that is at work
   * now was let in under the old limit, and will be late as well.
   */
  record(ms: number, nowMs = performance.now()): void {
    const { min, max, targetMs } = this.options;
    if (ms <= targetMs) {
      this.limit = Math.min(max, this.limit + INCREASE);
    } else if (nowMs >= this.nextDecreaseAtMs) {
      this.limit = Math.max(min, this.limit * DECREASE_FACTOR);
      this.nextDecreaseAtMs = nowMs + ms;
    }
  }
}
