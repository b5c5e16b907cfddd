/** Lines of one kind that are written in one window. */
const MAX_LINES = 5;
const WINDOW_MS = 30_000;
/** Kinds are forgotten with their window, or when there are more than this. */
const MAX_KINDS = 1_000;

/** The lines of one kind in the current window. */
interface Kind {
  readonly endsAtMs: number;
  written: number;
  suppressed: number;
}

/**
 * Bounds the log: a client or an outage that causes the same line again and again must not fill a disk,
 * or hide all other lines.
 */
export class LogLimiter {
  private readonly kinds = new Map<string, Kind>();

  /**
   * Returns undefined for a line that must not be written, and otherwise how many lines of its kind were
   * suppressed before it.
   */
  admit(kind: string, nowMs = performance.now()): number | undefined {
    const current = this.kinds.get(kind);
    if (current && nowMs < current.endsAtMs) {
      if (current.written >= MAX_LINES) {
        current.suppressed += 1;
        return undefined;
      }
      current.written += 1;
      return 0;
    }
    if (this.kinds.size >= MAX_KINDS) this.kinds.clear();
    this.kinds.set(kind, { endsAtMs: nowMs + WINDOW_MS, written: 1, suppressed: 0 });
    return current?.suppressed ?? 0;
  }
}
