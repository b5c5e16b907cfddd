/** Faults that allow a 503: of a database, or a process that is stopping. */
export type ErrorCause = 'database' | 'stopping';

/**
 * How long the fault of a database has effects: a statement times out after 5 s, a transaction of a
 * stalled process after 10 s, and statements that waited for it later still.
 */
const DATABASE_EFFECT_MS = 20_000;

/** Knows which errors are expected while and after which faults. */
export class ExpectedErrors {
  private readonly active = new Map<ErrorCause, number>();
  private readonly endedAtMs = new Map<ErrorCause, number>();

  /** Expects the errors of a cause while `work` runs. */
  async during(cause: ErrorCause, work: () => Promise<void>): Promise<void> {
    this.active.set(cause, (this.active.get(cause) ?? 0) + 1);
    try {
      await work();
    } finally {
      this.active.set(cause, (this.active.get(cause) ?? 0) - 1);
      this.endedAtMs.set(cause, performance.now());
    }
  }

  /** Whether an error of this reason is expected now for a request that was sent at that time. */
  includes(reason: string | undefined, sentAtMs: number): boolean {
    if (reason === 'SHUTTING_DOWN') return this.isPossible('stopping', sentAtMs, 0);
    return this.isPossible('database', sentAtMs, DATABASE_EFFECT_MS);
  }

  private isPossible(cause: ErrorCause, sentAtMs: number, effectMs: number): boolean {
    const endedAtMs = this.endedAtMs.get(cause) ?? -Infinity;
    return (this.active.get(cause) ?? 0) > 0 || endedAtMs + effectMs > sentAtMs;
  }
}
