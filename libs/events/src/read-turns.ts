/**
 * Runs a few reads at a time for all callers together, and in turns: one of each caller that waits. So neither
 * the number of callers nor that of the reads of one of them matters to the database, or to the others.
 */
export class ReadTurns {
  private running = 0;
  /** The reads that wait. The caller whose turn is next comes first. */
  private readonly waiting = new Map<string, (() => void)[]>();

  constructor(private readonly maxReads: number) {}

  /** Runs a read when it is the turn of its caller. */
  async run<Result>(caller: string, read: () => Promise<Result>): Promise<Result> {
    if (this.running < this.maxReads) this.running += 1;
    else await this.turnOf(caller);
    try {
      return await read();
    } finally {
      this.passOn();
    }
  }

  private turnOf(caller: string): Promise<void> {
    return new Promise((resolve) => {
      const reads = this.waiting.get(caller);
      if (reads) reads.push(resolve);
      else this.waiting.set(caller, [resolve]);
    });
  }

  /** Passes the place of a read that has ended to the next one. */
  private passOn(): void {
    const [next] = this.waiting;
    if (!next) {
      this.running -= 1;
      return;
    }
    const [caller, [begin, ...others]] = next;
    this.waiting.delete(caller);
    if (others.length > 0) this.waiting.set(caller, others);
    begin?.();
  }
}
