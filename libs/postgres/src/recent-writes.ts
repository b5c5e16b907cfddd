/** Time in which the count of writes falls to 37 %. */
const TIME_CONSTANT_MS = 1_000;
/** Above what the workers of an idle service write, and below one order a second. */
const BUSY_COUNT = 2;
/** Bounds how long a service counts as busy after its last write: 1.6 s. */
const MAX_COUNT = 10;

/** Tells whether orders are being decided, by a count of writes that decays with time. */
export class RecentWrites {
  private count = 0;
  private countedAtMs = 0;

  /** Counts a write. */
  record(nowMs = performance.now()): void {
    this.count = Math.min(this.countAt(nowMs) + 1, MAX_COUNT);
    this.countedAtMs = nowMs;
  }

  /** Whether there were more writes lately than an idle service makes. */
  isBusy(nowMs = performance.now()): boolean {
    return this.countAt(nowMs) >= BUSY_COUNT;
  }

  private countAt(nowMs: number): number {
    return this.count * Math.exp((this.countedAtMs - nowMs) / TIME_CONSTANT_MS);
  }
}
