/** What makes up for an answer of 503. */
export type Excuse = 'database' | 'stopping';

/**
 * For how long a database's fault is felt: a statement gives up after 5 s and a transaction that a
 * stalled process left open after 10 s, and whoever waited behind it gives up after that.
 */
const FELT_FOR_MS = 20_000;

/** When an error may be expected. */
export class Excuses {
  private readonly active = new Map<Excuse, number>();
  private readonly endedAtMs = new Map<Excuse, number>();

  async during(excuse: Excuse, work: () => Promise<void>): Promise<void> {
    this.active.set(excuse, (this.active.get(excuse) ?? 0) + 1);
    try {
      await work();
    } finally {
      this.active.set(excuse, (this.active.get(excuse) ?? 0) - 1);
      this.endedAtMs.set(excuse, performance.now());
    }
  }

  /** Whether an error that came now to a request sent then has an excuse. */
  covers(reason: string | undefined, sentAtMs: number): boolean {
    if (reason === 'SHUTTING_DOWN') return this.holds('stopping', sentAtMs, 0);
    return this.holds('database', sentAtMs, FELT_FOR_MS);
  }

  private holds(excuse: Excuse, sentAtMs: number, feltForMs: number): boolean {
    const endedAtMs = this.endedAtMs.get(excuse) ?? -Infinity;
    return (this.active.get(excuse) ?? 0) > 0 || endedAtMs + feltForMs > sentAtMs;
  }
}
