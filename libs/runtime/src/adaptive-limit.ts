export interface AdaptiveLimitOptions {
  readonly min: number;
  readonly max: number;
  /** Duration up to which a task counts as on time. */
  readonly targetMs: number;
}

/** At 3,000 tasks per second, the limit rises from 8 to 512 within some three seconds. */
const INCREASE = 0.05;
const DECREASE_FACTOR = 0.7;

/**
 * Concurrency limit that adapts to measured durations by additive increase and multiplicative
 * decrease, as the congestion window of TCP does. The capacity of the machine need not be known in
 * advance, and may change.
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
   * Records the duration of a task. After a late task the limit decreases once, and not again for
   * as long as that task took: all tasks in flight started under the old limit and will be late
   * too.
   */
  record(durationMs: number, nowMs = performance.now()): void {
    const { min, max, targetMs } = this.options;
    if (durationMs <= targetMs) {
      this.limit = Math.min(max, this.limit + INCREASE);
    } else if (nowMs >= this.nextDecreaseAtMs) {
      this.limit = Math.max(min, this.limit * DECREASE_FACTOR);
      this.nextDecreaseAtMs = nowMs + durationMs;
    }
  }
}
