interface Entry<Value> {
  readonly value: Value;
  readonly expiresAtMs: number;
}

/**
 * Keeps values for a fixed time after a moment that the caller names, at most `maxSize` of them. If it is
 * full, the value that was added first leaves.
 */
export class ExpiringCache<Value> {
  private readonly entries = new Map<string, Entry<Value>>();

  constructor(
    private readonly maxAgeMs: number,
    private readonly maxSize: number,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  /** Returns the value; undefined if there is none that is young enough. */
  get(key: string, nowMs: number): Value | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    if (nowMs < entry.expiresAtMs) return entry.value;
    this.entries.delete(key);
    return undefined;
  }

  /** Keeps a value that was true at `sinceMs`. */
  set(key: string, value: Value, sinceMs: number): void {
    // A key that exists would keep its place in the order.
    this.entries.delete(key);
    if (this.entries.size >= this.maxSize) this.dropFirst();
    this.entries.set(key, { value, expiresAtMs: sinceMs + this.maxAgeMs });
  }

  /** Forgets a value. */
  delete(key: string): void {
    this.entries.delete(key);
  }

  private dropFirst(): void {
    for (const key of this.entries.keys()) {
      this.entries.delete(key);
      return;
    }
  }
}
