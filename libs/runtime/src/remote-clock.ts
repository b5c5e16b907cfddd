/** The clock of another machine, from its last reading and the time that has passed here since. */
export class RemoteClock {
  private reading: { readonly timeMs: number; readonly readAtMs: number } | undefined;

  /**
   * Records a reading. `sentMs` and `receivedMs` are `performance.now()` around the request, which no
   * change of this machine's clock affects. The reading is taken to be from the middle of them.
   */
  record(time: Date, sentMs: number, receivedMs: number): void {
    this.reading = { timeMs: time.getTime(), readAtMs: (sentMs + receivedMs) / 2 };
  }

  /** Returns the present time of the other machine in ms since 1970; undefined before the first reading. */
  nowMs(): number | undefined {
    if (!this.reading) return undefined;
    return this.reading.timeMs + performance.now() - this.reading.readAtMs;
  }
}
